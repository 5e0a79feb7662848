// A TrueNorth-style chip that speaks the protocol of `lodestone conform` (docs/conformance.md).
// With -DBROKEN it has a mistake: spikes to one axon in one tick count each.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using Numbers = std::vector<int64_t>;

struct Words4 {
  uint32_t w[4];
};

// Philox4x32-10, the draws of the stochastic modes (docs/neuron-rules.md).
static Words4 philox(uint64_t seed, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  uint32_t k0 = uint32_t(seed), k1 = uint32_t(seed >> 32);
  for (int round = 0; round < 10; round++) {
    const uint64_t x = uint64_t(a) * 0xD2511F53u, y = uint64_t(c) * 0xCD9E8D57u;
    const uint32_t na = uint32_t(y >> 32) ^ b ^ k0, nc = uint32_t(x >> 32) ^ d ^ k1;
    a = na, b = uint32_t(y), c = nc, d = uint32_t(x);
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
  }
  return {{a, b, c, d}};
}

static int64_t sign(int64_t v) { return (v > 0) - (v < 0); }
static int64_t drawn(int64_t value, int64_t rho) { return std::abs(value) >= rho ? sign(value) : 0; }

struct Neuron {
  bool used = false;
  int64_t leak = 0, reverses = 0, alpha = 1, beta = 0, reset = 0, below = 0, r = 0, v0 = 0, stochastic = 0, tm = 0;
  int64_t target = -1, axon = 0, delay = 1;
  Numbers weights;
};

struct Axon {
  int64_t type = 0;
  Numbers connected;
};

struct Chip {
  int64_t cores, axons, size, types, pins, longest, most, wraps, above, atMost, alone, bits, seed, now = 0;
  std::vector<Axon> rows;
  std::vector<Neuron> neurons;
  Numbers v, out, spikes;
  std::vector<std::map<int64_t, int>> active;  // [slot] row -> spikes

  void load(const std::string& line) {
    std::istringstream words(line);
    std::string kind;
    int64_t core, at, n;
    words >> kind;
    if (kind == "chip") {
      words >> cores >> axons >> size >> types >> pins >> longest >> most >> wraps >> above >> atMost >> alone >> bits >> seed;
      rows.assign(size_t(cores * axons), {});
      neurons.assign(size_t(cores * size), {});
    } else if (kind == "axon") {
      words >> core >> at;
      Axon& row = rows[size_t(core * axons + at)];
      words >> row.type >> n;
      row.connected.resize(size_t(n));
      for (auto& j : row.connected) words >> j;
    } else {
      words >> core >> at;
      Neuron& x = neurons[size_t(core * size + at)];
      words >> x.leak >> x.reverses >> x.alpha >> x.beta >> x.reset >> x.below >> x.r >> x.v0 >> x.stochastic >> x.tm;
      words >> x.target >> x.axon >> x.delay;
      x.weights.resize(size_t(types));
      for (auto& w : x.weights) words >> w;
      x.used = true;
    }
  }

  void reset() {
    now = 0;
    v.clear();
    for (const Neuron& x : neurons) v.push_back(x.v0);
    out.assign(size_t(pins), 0);
    spikes.assign(v.size(), 0);
    active.assign(size_t(longest + 1), {});
  }

  int64_t kept(int64_t value) const {
    const int64_t range = 2 * (most + 1);
    if (wraps) return ((value + most + 1) % range + range) % range - most - 1;
    return std::max(-most, std::min(most, value));
  }

  void schedule(int64_t core, int64_t axon, int64_t ahead) {
    int& count = active[size_t((now + ahead) % (longest + 1))][core * axons + axon];
#ifdef BROKEN
    count++;
#else
    count = 1;
#endif
  }

  void tick() {
    std::fill(out.begin(), out.end(), 0);
    std::fill(spikes.begin(), spikes.end(), 0);
    std::map<int64_t, int> latched;
    latched.swap(active[size_t(now % (longest + 1))]);
    for (int64_t core = 0; core < cores; core++) {
      for (int64_t j = 0; j < size; j++) {
        if (neurons[size_t(core * size + j)].used) update(core, j, latched);
      }
    }
    now++;
  }

  void update(int64_t core, int64_t j, const std::map<int64_t, int>& latched) {
    const size_t i = size_t(core * size + j);
    const Neuron& x = neurons[i];
    const uint32_t place = uint32_t(core * 256 * ((size + 255) / 256) + j);
    int64_t value = v[i];
    for (auto it = latched.lower_bound(core * axons); it != latched.end() && it->first < (core + 1) * axons; ++it) {
      const Axon& row = rows[size_t(it->first)];
      if (!std::binary_search(row.connected.begin(), row.connected.end(), j)) continue;
      int64_t weight = x.weights[size_t(row.type)];
      const uint32_t axon = uint32_t(it->first - core * axons);
      if (x.stochastic >> row.type & 1) {
        const uint32_t word = philox(uint64_t(seed), place, uint32_t(now), axon >> 4, 9).w[(axon & 15) >> 2];
        weight = drawn(weight, int64_t(word >> (axon & 3) * 8) & ((1 << bits) - 1));
      }
      value += weight * it->second;
    }
    if (wraps) value = kept(value);
    const Words4 draws = philox(uint64_t(seed), place, uint32_t(now), 0, 10);
    const int64_t mask = (int64_t(1) << x.tm) - 1, eta = draws.w[1] & mask;
    const int64_t leak = x.stochastic >> types & 1 ? drawn(x.leak, draws.w[0] & uint32_t((1 << bits) - 1)) : x.leak;
    if (x.reverses) {
      const int64_t leaked = value + sign(value) * leak;
      value = leaked * sign(value) < 0 ? 0 : leaked;
    } else {
      value += leak;
    }
    if (wraps) value = kept(value);
    const int64_t threshold = x.alpha + eta;
    if (value > threshold || (value == threshold && !above)) {
      if (x.reset == 0) value = x.r;
      else if (x.reset == 1) value -= x.alpha + (alone ? 0 : eta);
      else if (x.below) value = std::min(value, x.alpha + mask);
      send(i, x);
    } else {
      const int64_t low = x.below ? -x.beta : -(x.beta + eta);
      if (value < low || (value == low && atMost)) {
        if (x.below) value = -x.beta;
        else if (x.reset == 0) value = -x.r;
        else if (x.reset == 1) value += x.beta + eta;
      }
    }
    v[i] = kept(value);
  }

  void send(size_t i, const Neuron& x) {
    if (x.target == -1) return;
    spikes[i] = 1;
    if (x.target >= 0) schedule(x.target, x.axon, x.delay);
    else out[size_t(-2 - x.target)]++;
  }

  const Numbers& field(const std::string& name) const { return name == "potentials" ? v : name == "pins" ? out : spikes; }
};

static void say(const std::string& name, const Numbers& values) {
  std::cout << name;
  for (const int64_t value : values) std::cout << ' ' << value;
  std::cout << '\n';
}

int main() {
  std::ios::sync_with_stdio(false);
  Chip chip;
  std::string line, word, name;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    words >> word;
    if (word == "hello") {
      std::cout << "hello 1 cpp-core\n";
    } else if (word == "load") {
      int n = 0;
      words >> name >> n;
      chip = Chip();
      for (; n > 0 && std::getline(std::cin, line); n--) chip.load(line);
      chip.reset();
      std::cout << "ok potentials " << chip.v.size() << " pins " << chip.pins << " spikes " << chip.v.size() << '\n';
    } else if (word == "reset") {
      chip.reset();
      std::cout << "ok\n";
    } else if (word == "tick") {
      int64_t steps = 0, events = 0;
      words >> steps >> events;
      std::vector<Numbers> entering;
      for (; events > 0 && std::getline(std::cin, line); events--) {
        std::istringstream event(line);
        Numbers three(3);
        event >> three[0] >> three[1] >> three[2];
        entering.push_back(three);
      }
      for (int64_t step = 0; step < steps; step++) {
        for (const Numbers& event : entering) {
          if (event[0] == step) chip.schedule(event[1], event[2], 0);
        }
        chip.tick();
        say("potentials", chip.v);
        say("pins", chip.out);
        say("spikes", chip.spikes);
      }
      std::cout << "ok\n";
    } else if (word == "read") {
      words >> name;
      say(name, chip.field(name));
    }
    std::cout.flush();
  }
}
