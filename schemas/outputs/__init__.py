"""What programs read: the `.json` twin of each page, by family of pages. Codes stay codes, times are ISO in UTC."""
