#!/bin/sh
# Prints the data of a hub's events, one a line, and goes on from the last id when the connection ends.
#   stream.sh [url] [topics]
# Needs curl. Ctrl-C ends it.
url=${1:-http://localhost:8000/stream}
topics=${2:-metric}
cursor=$(mktemp)
trap 'rm -f "$cursor"' EXIT
trap 'exit 0' INT TERM

while :; do
  curl --silent --show-error --no-buffer --fail \
    --get --data-urlencode "topics=$topics" --data-urlencode "client_name=shell" \
    --header "Last-Event-ID: $(cat "$cursor")" "$url" |
    while IFS= read -r line; do
      case $line in
      'id: '*) printf '%s' "${line#id: }" >"$cursor" ;;
      'event: '*) event=${line#event: } ;;
      'data: '*)
        case $event in
        system) printf '%s\n' "${line#data: }" >&2 ;; # connected, gap, warning, closing
        *) printf '%s\n' "${line#data: }" ;;
        esac
        ;;
      esac
    done
  sleep 1
done
