#!/usr/bin/env python3
"""A TrueNorth-style chip that speaks the protocol of `lodestone conform` (docs/conformance.md)."""
import sys

MASK = 0xFFFFFFFF


def philox(seed, counter):
    """Philox4x32-10, the draws of the stochastic modes (docs/neuron-rules.md)."""
    (a, b, c, d), k0, k1 = counter, seed & MASK, seed >> 32
    for _ in range(10):
        x, y = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (y >> 32) ^ b ^ k0, y & MASK, (x >> 32) ^ d ^ k1, x & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return a, b, c, d


def sign(v):
    return (v > 0) - (v < 0)


def step(value, rho):
    """A stochastic weight or leak: its sign where its magnitude reaches the draw."""
    return sign(value) if abs(value) >= rho else 0


class Chip:
    def __init__(self, lines):
        self.neurons = {}
        for words in (line.split() for line in lines):
            n = [int(word) for word in words[1:]]
            if words[0] == "chip":
                (self.cores, self.axons, self.size, self.types, self.pins, self.longest, self.most, self.wraps,
                 self.above, self.at_most, self.alone, self.bits, self.seed) = n
                self.rows = [{} for _ in range(self.cores)]
            elif words[0] == "axon":
                self.rows[n[0]][n[1]] = (n[2], n[4:])
            else:
                self.neurons[n[0] * self.size + n[1]] = n[2:]
        self.reset()

    def reset(self):
        self.now = 0
        self.v = [self.neurons[i][7] if i in self.neurons else 0 for i in range(self.cores * self.size)]
        self.active = [[set() for _ in range(self.cores)] for _ in range(self.longest + 1)]
        self.spikes, self.out = [0] * len(self.v), [0] * self.pins

    def kept(self, v):
        """What the register of a potential keeps."""
        if self.wraps:
            return (v + self.most + 1) % (2 * self.most + 2) - self.most - 1
        return max(-self.most, min(self.most, v))

    def inject(self, ahead, core, axon):
        self.active[(self.now + ahead) % len(self.active)][core].add(axon)

    def tick(self):
        self.spikes, self.out = [0] * len(self.v), [0] * self.pins
        slot = self.now % len(self.active)
        latched, self.active[slot] = self.active[slot], [set() for _ in range(self.cores)]
        for core in range(self.cores):
            arriving = [[] for _ in range(self.size)]
            for axon in sorted(latched[core]):
                kind, connected = self.rows[core].get(axon, (0, []))
                for j in connected:
                    arriving[j].append((axon, kind))
            for j in range(self.size):
                if core * self.size + j in self.neurons:
                    self.update(core, j, arriving[j])
        self.now += 1

    def update(self, core, j, arriving):
        i = core * self.size + j
        (leak, reverses, alpha, beta, reset, below, r, _, stochastic, tm, target, axon, delay, *weights) = self.neurons[i]
        place = core * (256 * -(-self.size // 256)) + j
        v = self.v[i]
        for source, kind in arriving:
            weight = weights[kind]
            if stochastic >> kind & 1:
                word = philox(self.seed, (place, self.now, source >> 4, 9))[(source & 15) >> 2]
                weight = step(weight, word >> ((source & 3) * 8) & (1 << self.bits) - 1)
            v += weight
        if self.wraps:
            v = self.kept(v)
        draws = philox(self.seed, (place, self.now, 0, 10)) if stochastic >> self.types or tm else (0, 0)
        if stochastic >> self.types & 1:
            leak = step(leak, draws[0] & (1 << self.bits) - 1)
        if reverses:
            leaked = v + sign(v) * leak
            v = 0 if leaked * sign(v) < 0 else leaked
        else:
            v += leak
        if self.wraps:
            v = self.kept(v)
        eta = draws[1] & (1 << tm) - 1
        if self.fires(v, alpha + eta):
            v = (r, v - alpha - (0 if self.alone else eta), min(v, alpha + (1 << tm) - 1) if below else v)[reset]
            self.send(i, target, axon, delay)
        else:
            low = -beta if below else -(beta + eta)
            if v < low or (self.at_most and v == low):
                v = -beta if below else (-r, v + beta + eta, v)[reset]
        self.v[i] = self.kept(v)

    def fires(self, v, threshold):
        return v > threshold or (v == threshold and not self.above)

    def send(self, i, target, axon, delay):
        if target == -1:
            return
        self.spikes[i] = 1
        if target >= 0:
            self.active[(self.now + delay) % len(self.active)][target].add(axon)
        else:
            self.out[-2 - target] += 1

    def field(self, name):
        return {"potentials": self.v, "pins": self.out, "spikes": self.spikes}[name]


def serve(make, name):
    say = lambda *words: print(*words, flush=words[0] != "potentials")
    chip = None
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "hello":
            say("hello", 1, name)
        elif word == "load":
            chip = make([sys.stdin.readline() for _ in range(int(rest[1]))])
            say("ok", "potentials", len(chip.v), "pins", chip.pins, "spikes", len(chip.v))
        elif word == "reset":
            chip.reset()
            say("ok")
        elif word == "tick":
            events = [tuple(map(int, sys.stdin.readline().split())) for _ in range(int(rest[1]))]
            for tick in range(int(rest[0])):
                for _, core, axon in (event for event in events if event[0] == tick):
                    chip.inject(0, core, axon)
                chip.tick()
                for field in ("potentials", "pins", "spikes"):
                    print(field, *chip.field(field))
            say("ok")
        elif word == "read":
            say(rest[0], *chip.field(rest[0]))
            sys.stdout.flush()


if __name__ == "__main__":
    serve(Chip, "python-core")
