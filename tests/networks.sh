#!/bin/sh
# Two machines made of one, for tests: two network namespaces with host names and addresses of their
# own, 10.99.0.1 and 10.99.0.2, that see each other through a pair of virtual cables alone. Needs
# root and the right to make namespaces.
# networks.sh up NAME | down NAME | cut NAME   cut: the second machine's cable is pulled out
# networks.sh run NAME COMMAND...              on the first machine
# networks.sh received NAME                    bytes that came to the second machine
# networks.sh agent NAME HOST COMMAND...       what mpirun uses for ssh
set -eu
what=$1 name=$2
shift 2

on() { # a|b COMMAND...
    machine=$name-$1
    shift
    # shellcheck disable=SC2016 # for the inner shell
    exec ip netns exec "$machine" unshare --uts sh -c 'hostname "$0" && exec "$@"' "$machine" "$@"
}

case $what in
up)
    for side in a b; do
        ip netns add "$name-$side"
        ip -n "$name-$side" link set lo up
    done
    ip link add cable netns "$name-a" type veth peer name cable netns "$name-b"
    ip -n "$name-a" addr add 10.99.0.1/24 dev cable
    ip -n "$name-b" addr add 10.99.0.2/24 dev cable
    ip -n "$name-a" link set cable up
    ip -n "$name-b" link set cable up
    # Without a second host name MPI would take both for one machine.
    (on b true)
    ;;
down)
    for side in a b; do
        ip netns del "$name-$side" 2>/dev/null || true
    done
    ;;
cut) ip -n "$name-b" link set cable down ;;
run) on a "$@" ;;
received) ip netns exec "$name-b" cat /sys/class/net/cable/statistics/rx_bytes ;;
agent)
    [ "$1" = 10.99.0.2 ] || { echo "networks.sh: there is no machine $1" >&2; exit 1; }
    shift
    on b sh -c "$*"
    ;;
esac
