"""Asks the proxy one question with the openai client, and shows who answered."""

import os

from openai import OpenAI

client = OpenAI(base_url=f"http://127.0.0.1:{os.environ.get('PORT', '10000')}/v1", api_key="none is asked for")
raw = client.chat.completions.with_raw_response.create(model="chat", messages=[{"role": "user", "content": "hello"}])
print(raw.parse().choices[0].message.content)
for name in ("x-routeiq-deployment", "x-routeiq-attempts", "x-request-id"):
    print(f"{name}: {raw.headers[name]}")
