#!/bin/sh
# Runs git with the given arguments in a process group of its own; a SIGINT ends all of the group.
exec 3<&0
setsid git "$@" <&3 3<&- &
child=$!
exec 3<&-
trap 'kill -KILL "-$child"' INT TERM
wait "$child"
