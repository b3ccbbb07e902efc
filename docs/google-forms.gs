/**
 * Sends the answers of this Google form to the Qomon bridge, signed. How to set it up: google-forms.md.
 */

var BRIDGE_URL = 'https://bridge.example.org/hooks/abcd1234';
var WAITS = [0, 5000, 30000];

/** Run once: from then on each answer is sent when the form is submitted. */
function setUp() {
  ScriptApp.newTrigger('onAnswer').forForm(FormApp.getActiveForm()).onFormSubmit().create();
}

function onAnswer(event) {
  send(bodyOf(event.source, event.response));
}

/** Run by hand when calls were lost. The bridge knows what it has already. */
function sendLastWeekAgain() {
  var form = FormApp.getActiveForm();
  form.getResponses(new Date(Date.now() - 7 * 24 * 3600 * 1000)).forEach(function (response) {
    send(bodyOf(form, response));
  });
}

function bodyOf(form, response) {
  var said = [];
  response.getItemResponses().forEach(function (one) {
    said = said.concat(answersOf(one.getItem(), one.getResponse()));
  });
  return asciiOf(JSON.stringify({
    formId: form.getId(),
    formTitle: form.getTitle(),
    responseId: response.getId(),
    timestamp: response.getTimestamp().toISOString(),
    respondentEmail: response.getRespondentEmail() || null,
    responses: said
  }));
}

/** One answer; of a grid one for each row. */
function answersOf(item, value) {
  var id = String(item.getId()), title = item.getTitle(), type = String(item.getType());
  if (type === 'GRID' || type === 'CHECKBOX_GRID') {
    var rows = (type === 'GRID' ? item.asGridItem() : item.asCheckboxGridItem()).getRows();
    return rows.map(function (row, at) {
      return { id: id + '.' + (at + 1), title: title + ' [' + row + ']', type: type, value: value[at] };
    });
  }
  if (type === 'FILE_UPLOAD') {
    value = value.map(function (file) { return 'https://drive.google.com/open?id=' + file; });
  }
  return [{ id: id, title: title, type: type, value: value }];
}

/** The same JSON in ASCII: what is signed is then what is sent, whatever the encoding. */
function asciiOf(json) {
  return json.replace(/[\u007f-\uffff]/g, function (letter) {
    return '\\u' + ('000' + letter.charCodeAt(0).toString(16)).slice(-4);
  });
}

/** Google mails the owner of the script when this throws. */
function send(body) {
  var status = 0;
  for (var at = 0; at < WAITS.length; at++) {
    Utilities.sleep(WAITS[at]);
    status = post(body);
    if (status === 200) {
      return;
    }
  }
  throw new Error('The bridge did not take the answer: ' + (status || 'it cannot be reached'));
}

/** The status of the bridge's answer, 0 when there was none. */
function post(body) {
  var secret = PropertiesService.getScriptProperties().getProperty('BRIDGE_SECRET');
  var stamp = String(Math.floor(Date.now() / 1000));
  var signature = Utilities.computeHmacSha256Signature(stamp + '.' + body, secret);
  try {
    return UrlFetchApp.fetch(BRIDGE_URL, {
      method: 'post',
      contentType: 'application/json',
      payload: body,
      headers: { 'X-Bridge-Timestamp': stamp, 'X-Bridge-Signature': 'sha256=' + hexOf(signature) },
      followRedirects: false,
      muteHttpExceptions: true
    }).getResponseCode();
  } catch (unreachable) {
    return 0;
  }
}

/** Of bytes from -128 to 127, as Google has them. */
function hexOf(bytes) {
  return bytes.map(function (one) { return ('0' + (one & 255).toString(16)).slice(-2); }).join('');
}
