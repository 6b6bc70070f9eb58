"""The routers, one module each: NAME, SUMMARY, FILES (what they are called), ENCODER (None: it needs none), perhaps VIEW (which words
are the query, where LLMRouter's are not), options(parser), and export(files, options), which makes the artifact."""
