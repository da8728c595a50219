"""One port: the static application, REST with OpenAPI, and the websocket feed."""
