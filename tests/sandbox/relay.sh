#!/bin/sh
# Stands in for sentrix-relay: dial HOST:PORT.
nc "${2%:*}" "${2#*:}" || exit 111
