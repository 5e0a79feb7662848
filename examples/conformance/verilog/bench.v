// The test bench: up to four cores that speak the protocol of `lodestone conform` (docs/conformance.md) on standard input and output.
module bench;
  localparam CORES = 4, AXONS = 32, NEURONS = 32, STDIN = 32'h8000_0000;
  reg clk = 0;
  reg clear = 0, tick = 0, above = 0, at_most = 0;
  reg signed [31:0] potential_max = 0;
  reg [CORES-1:0] write_axon = 0, write_neuron = 0, spike_in = 0;
  reg [15:0] write_index = 0, spike_axon = 0, look = 0;
  reg [1:0] write_type = 0, write_reset = 0;
  reg [NEURONS-1:0] write_row = 0;
  reg signed [63:0] write_weights = 0;
  reg signed [15:0] write_leak = 0;
  reg write_reverses = 0, write_below = 0;
  reg signed [31:0] write_alpha = 0, write_beta = 0, write_r = 0, write_v0 = 0;
  reg [5:0] spike_slot = 0, now = 0;
  wire [CORES-1:0] busy, fired;
  wire [15:0] neuron[0:CORES-1];
  wire signed [31:0] seen[0:CORES-1];

  genvar g;
  generate
    for (g = 0; g < CORES; g = g + 1) begin : mesh
      core #(.AXONS(AXONS), .NEURONS(NEURONS)) one (
          .clk(clk), .clear(clear), .potential_max(potential_max), .above(above), .at_most(at_most),
          .write_axon(write_axon[g]), .write_neuron(write_neuron[g]), .write_index(write_index),
          .write_type(write_type), .write_row(write_row), .write_weights(write_weights), .write_leak(write_leak),
          .write_reverses(write_reverses), .write_alpha(write_alpha), .write_beta(write_beta),
          .write_reset(write_reset), .write_below(write_below), .write_r(write_r), .write_v0(write_v0),
          .spike_in(spike_in[g]), .spike_axon(spike_axon), .spike_slot(spike_slot), .tick(tick), .now(now),
          .busy(busy[g]), .fired(fired[g]), .neuron(neuron[g]), .look(look), .seen(seen[g])
      );
    end
  endgenerate

  // The program, kept so that `reset` can load it again.
  integer cores, axons, neurons, types, pins, longest, overflow, linear, bits, seed, n, i, j, k, c, got;
  integer target[0:CORES*NEURONS-1], axon_of[0:CORES*NEURONS-1], delay[0:CORES*NEURONS-1];
  reg [NEURONS-1:0] rows[0:CORES*AXONS-1];
  reg [1:0] kinds[0:CORES*AXONS-1];
  integer field[0:CORES*NEURONS*14-1];
  reg used[0:CORES*NEURONS-1], spiked[0:CORES*NEURONS-1];
  integer out[0:255];
  integer steps, events, step, count, core_at, axon_at, value, n_delay;
  integer event_step[0:65535], event_core[0:65535], event_axon[0:65535];
  reg fits, quit;
  reg [8*16-1:0] word, name;

  task pulse;
    begin
      #1 clk = 1;
      #1 clk = 0;
    end
  endtask

  task deliver(input integer to, input integer axon, input integer slot);
    begin
      spike_in = 0;
      spike_in[to] = 1;
      spike_axon = axon;
      spike_slot = slot;
      pulse;
      spike_in = 0;
    end
  endtask

  task load_again;
    begin
      now = 0;
      clear = 1;
      pulse;
      clear = 0;
      for (i = 0; i < cores * axons; i = i + 1) begin
        write_axon = 0;
        write_axon[i/axons] = 1;
        write_index = i % axons;
        write_type = kinds[i];
        write_row = rows[i];
        pulse;
      end
      write_axon = 0;
      for (i = 0; i < cores * neurons; i = i + 1)
        if (used[i]) begin
          write_neuron = 0;
          write_neuron[i/neurons] = 1;
          write_index = i % neurons;
          write_leak = field[i*14];
          write_reverses = field[i*14+1];
          write_alpha = field[i*14+2];
          write_beta = field[i*14+3];
          write_reset = field[i*14+4];
          write_below = field[i*14+5];
          write_r = field[i*14+6];
          write_v0 = field[i*14+7];
          for (k = 0; k < 4; k = k + 1) write_weights[k*16+:16] = field[i*14+10+k];
          pulse;
        end
      write_neuron = 0;
      for (i = 0; i < CORES * NEURONS; i = i + 1) spiked[i] = 0;
      for (i = 0; i < 256; i = i + 1) out[i] = 0;
    end
  endtask

  task read_program;
    begin
      for (i = 0; i < CORES * AXONS; i = i + 1) begin
        rows[i] = 0;
        kinds[i] = 0;
      end
      for (i = 0; i < CORES * NEURONS; i = i + 1) used[i] = 0;
      got = $fscanf(STDIN, "%s %d", name, n);
      while (n > 0) begin
        n = n - 1;
        got = $fscanf(STDIN, "%s", word);
        if (word == "chip") begin
          got = $fscanf(STDIN, "%d %d %d %d %d %d %d", cores, axons, neurons, types, pins, longest, potential_max);
          got = $fscanf(STDIN, "%d %d %d %d %d %d", overflow, above, at_most, linear, bits, seed);
          fits = cores <= CORES && axons <= AXONS && neurons <= NEURONS && types <= 4 && pins <= 256 && overflow == 0;
        end else if (word == "axon") begin
          got = $fscanf(STDIN, "%d %d %d %d", c, i, value, count);
          if (fits) kinds[c*axons+i] = value;
          while (count > 0) begin
            count = count - 1;
            got = $fscanf(STDIN, "%d", j);
            if (fits) rows[c*axons+i][j] = 1;
          end
        end else begin
          got = $fscanf(STDIN, "%d %d", c, j);
          i = fits ? c * neurons + j : 0;
          used[i] = 1;
          for (k = 0; k < 10; k = k + 1) begin
            got = $fscanf(STDIN, "%d", value);
            field[i*14+k] = value;
          end
          got = $fscanf(STDIN, "%d %d %d", value, count, n_delay);
          target[i] = value;
          axon_of[i] = count;
          delay[i] = n_delay;
          for (k = 0; k < types; k = k + 1) begin
            got = $fscanf(STDIN, "%d", value);
            if (k < 4) field[i*14+10+k] = value;
          end
          for (k = types; k < 4; k = k + 1) field[i*14+10+k] = 0;
        end
      end
    end
  endtask

  task one_tick;
    begin
      for (i = 0; i < CORES * NEURONS; i = i + 1) spiked[i] = 0;
      for (i = 0; i < 256; i = i + 1) out[i] = 0;
      tick = 1;
      pulse;
      tick = 0;
      while (busy != 0) begin
        pulse;
        for (c = 0; c < cores; c = c + 1)
          if (fired[c] && neuron[c] < neurons && used[c*neurons+neuron[c]]) spiked[c*neurons+neuron[c]] = 1;
      end
      pulse;
      for (i = 0; i < cores * neurons; i = i + 1)
        if (spiked[i]) begin
          if (target[i] >= 0) deliver(target[i], axon_of[i], (now + delay[i]) % 64);
          else if (target[i] == -1) spiked[i] = 0;
          else out[-2-target[i]] = out[-2-target[i]] + 1;
        end
      now = now + 1;
    end
  endtask

  task show(input [8*16-1:0] what);
    begin
      $write("%0s", what);
      if (what == "potentials")
        for (i = 0; i < cores; i = i + 1)
          for (j = 0; j < neurons; j = j + 1) begin
            look = j;
            #0 $write(" %0d", seen[i]);
          end
      else if (what == "pins") for (i = 0; i < pins; i = i + 1) $write(" %0d", out[i]);
      else for (i = 0; i < cores * neurons; i = i + 1) $write(" %0d", spiked[i]);
      $write("\n");
    end
  endtask

  initial begin
    quit = 0;
    while (!quit) begin
      got = $fscanf(STDIN, "%s", word);
      if (got != 1) quit = 1;
      else if (word == "hello") begin
        got = $fscanf(STDIN, "%s %d", name, value);
        $write("hello 1 verilog-core deterministic\n");
      end else if (word == "load") begin
        read_program;
        if (fits) $write("ok potentials %0d pins %0d spikes %0d\n", cores * neurons, pins, cores * neurons);
        else $write("no room: %0d cores of %0d x %0d at most, potentials that are clamped\n", CORES, AXONS, NEURONS);
      end else if (word == "reset") begin
        load_again;
        $write("ok\n");
      end else if (word == "tick") begin
        got = $fscanf(STDIN, "%d %d", steps, events);
        for (k = 0; k < events; k = k + 1) begin
          got = $fscanf(STDIN, "%d %d %d", value, core_at, axon_at);
          event_step[k] = value;
          event_core[k] = core_at;
          event_axon[k] = axon_at;
        end
        for (step = 0; step < steps; step = step + 1) begin
          for (k = 0; k < events; k = k + 1) if (event_step[k] == step) deliver(event_core[k], event_axon[k], now);
          one_tick;
          show("potentials");
          show("pins");
          show("spikes");
        end
        $write("ok\n");
      end else if (word == "read") begin
        got = $fscanf(STDIN, "%s", name);
        show(name);
      end
      $fflush;
    end
    $finish(0);
  end
endmodule
