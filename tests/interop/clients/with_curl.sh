#!/bin/sh
# curl, as people try an API from a shell: plain and streamed, over HTTP/1.1 and HTTP/2. Reads one JSON text, the prompt, from $1.
set -eu
ask() {
    curl --silent --show-error --fail --no-buffer "$@" \
        --header 'authorization: Bearer sk-test' --header 'content-type: application/json'
    echo
}
chat=https://api.openai.com/v1/chat/completions
ask "$chat" --http1.1 --data "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":$1}]}"
ask "$chat" --http2 --data "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":$1}]}"
ask https://api.anthropic.com/v1/messages --header 'anthropic-version: 2023-06-01' \
    --data "{\"model\":\"claude-test\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":$1}]}"
# One event for the whole text, so that the bytes of the stream can be compared as they are.
ask "$chat" --header 'x-fake-script: {"delta_size":100000}' \
    --data "{\"model\":\"gpt-4o-mini\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":$1}]}"
