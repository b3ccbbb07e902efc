# The bridge as an image. How to build and run it: docs/deploy/docker.md.
# `make deploy-check` runs these steps without Docker, starts what they made and asks its health check.

FROM python:3.11.14-slim-bookworm AS build

# Packages without pip beside them, and not compiled: most of their code is never loaded.
WORKDIR /build
COPY requirements.txt .
RUN python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --quiet --disable-pip-version-check \
       --no-cache-dir --no-compile --require-hashes -r requirements.txt

# What nobody asks for at run time: languages that the pages do not speak, themes that they do not wear, tests.
RUN cd /venv/lib/python3*/site-packages \
    && find babel/locale-data -type f ! -name 'root.dat' ! -name 'en*.dat' ! -name 'fr*.dat' -delete \
    && rm -r flask_bootstrap/static/bootstrap4 flask_bootstrap/static/bootstrap5/css/bootswatch \
    && rm -r flask_bootstrap/static/bootstrap5/icons flask_bootstrap/static/bootstrap5/css/font \
    && find flask_bootstrap/static -name '*.map' -delete \
    && find . -type d \( -name tests -o -name testing \) -prune -exec rm -r {} +

# What a start loads is compiled here, since nobody may write there later.
WORKDIR /app
COPY app.py gunicorn.conf.py Procfile LICENSE ./
COPY bridge bridge
COPY schemas schemas
COPY hooks hooks
RUN /venv/bin/gunicorn --check-config app:app && /venv/bin/flask --help > /dev/null

# Where a SQLite file and its key lie, if DATABASE_URL names no Postgres.
RUN mkdir data && chown 10001:10001 data && chmod 700 data


FROM python:3.11.14-slim-bookworm

COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH
ENV PORT=8000
USER 10001:10001
VOLUME ["/app/data"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["python", "-c", \
    "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open(f\"http://127.0.0.1:{os.environ['PORT']}/health\", timeout=5)"]

# With Postgres the release is a step of its own, before the new version starts: docker run ... qomon-bridge flask upgrade
# A worker beside it: docker run ... qomon-bridge flask work
CMD ["gunicorn", "-w", "1", "--threads", "16", "--no-control-socket", "app:app"]
