#!/bin/sh
# Stands in for the gateway: answers /readyz on the loopback, ends at TERM. What it is told as its model makes it misbehave.
case "$SENTRIX_MODEL" in
    test/dies)
        echo "the last words"
        exit 9
        ;;
    test/eats) exec tail /dev/zero ;;
    test/never) ;;
    *) httpd -p 127.0.0.1:18789 -h /www ;;
esac
trap 'echo "asked to stop"; exit 0' TERM
echo "ready"
while :; do
    sleep 1 &
    wait $!
done
