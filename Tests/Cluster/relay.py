#!/usr/bin/env python3
"""Delays and loses frames between pairs of tap devices, for kernels without netem.

relay.py SECONDS LOSS HOST:BRIDGE... makes the devices. What comes from the bridge is passed on to the host SECONDS
later, except for the share LOSS (0.005: half a percent) of frames; what comes from the host is passed on at once, as
where netem is on the bridge's end of a cable. It ends with a signal, and the devices with it.
"""

import collections
import fcntl
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP_WITHOUT_HEADER = 0x0002 | 0x1000


def tap(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP_WITHOUT_HEADER))
    return device


def send(device, frame):
    try:
        os.write(device, frame)
    except OSError:
        pass  # a device that is down or full loses it, as a cable would


def main():
    delay, loss = float(sys.argv[1]), float(sys.argv[2])
    other, to_host = {}, set()
    for pair in sys.argv[3:]:
        one, two = map(tap, pair.split(":"))
        other[one], other[two] = two, one
        to_host.add(two)
    chance = random.Random(1)
    # All frames have the same delay, so they leave in the order in which they came.
    waiting = collections.deque()
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, device, frame = waiting.popleft()
            send(device, frame)
        rest = max(0, waiting[0][0] - now) if waiting else None
        for device in select.select(list(other), [], [], rest)[0]:
            try:
                frame = os.read(device, 65536)
            except OSError:
                continue  # not up yet
            if device not in to_host:
                send(other[device], frame)
            elif chance.random() >= loss:
                waiting.append((time.monotonic() + delay, other[device], frame))


main()
