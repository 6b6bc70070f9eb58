"""The routers, one module each: NAME, SUMMARY, FILES, ENCODER, options(parser) and export(files, options)."""
