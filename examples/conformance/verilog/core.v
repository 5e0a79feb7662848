// One core of a TrueNorth-style chip, synthesisable: a neuron a cycle, all axons of it in one adder tree. No stochastic modes.
// With `BROKEN` it has a mistake: linear reset forgets what was above the threshold.
module core #(
    parameter AXONS = 32,
    parameter NEURONS = 32,
    parameter SLOTS = 64,
    parameter VALUE = 32,
    parameter WEIGHT = 16
) (
    input wire clk,
    input wire clear,
    // The chip.
    input wire signed [VALUE-1:0] potential_max,
    input wire above,
    input wire at_most,
    // Writing the program, a row or a neuron a cycle.
    input wire write_axon,
    input wire write_neuron,
    input wire [15:0] write_index,
    input wire [1:0] write_type,
    input wire [NEURONS-1:0] write_row,
    input wire signed [4*WEIGHT-1:0] write_weights,
    input wire signed [WEIGHT-1:0] write_leak,
    input wire write_reverses,
    input wire signed [VALUE-1:0] write_alpha,
    input wire signed [VALUE-1:0] write_beta,
    input wire [1:0] write_reset,
    input wire write_below,
    input wire signed [VALUE-1:0] write_r,
    input wire signed [VALUE-1:0] write_v0,
    // A spike for the axon, in a slot of the ring.
    input wire spike_in,
    input wire [15:0] spike_axon,
    input wire [5:0] spike_slot,
    // A tick: the slot that is active, and what comes out of it.
    input wire tick,
    input wire [5:0] now,
    output reg busy,
    output reg fired,
    output reg [15:0] neuron,
    // Looking at a potential.
    input wire [15:0] look,
    output wire signed [VALUE-1:0] seen
);
  reg [NEURONS-1:0] synapses[0:AXONS-1];
  reg [1:0] types[0:AXONS-1];
  reg signed [4*WEIGHT-1:0] weights[0:NEURONS-1];
  reg signed [WEIGHT-1:0] leak[0:NEURONS-1];
  reg reverses[0:NEURONS-1];
  reg signed [VALUE-1:0] alpha[0:NEURONS-1];
  reg signed [VALUE-1:0] beta[0:NEURONS-1];
  reg [1:0] reset[0:NEURONS-1];
  reg below[0:NEURONS-1];
  reg signed [VALUE-1:0] r[0:NEURONS-1];
  reg signed [VALUE-1:0] v[0:NEURONS-1];
  reg [AXONS-1:0] ring[0:SLOTS-1];
  reg [AXONS-1:0] latched;
  reg [15:0] at;
  assign seen = v[look];

  integer a;
  reg signed [VALUE-1:0] sum, leaked, low;
  reg signed [WEIGHT-1:0] weight;
  always @(posedge clk) begin
    fired <= 1'b0;
    if (clear) begin
      busy <= 1'b0;
      for (a = 0; a < SLOTS; a = a + 1) ring[a] <= {AXONS{1'b0}};
      for (a = 0; a < AXONS; a = a + 1) synapses[a] <= {NEURONS{1'b0}};
      for (a = 0; a < NEURONS; a = a + 1) begin
        weights[a] <= 0;
        leak[a] <= 0;
        reverses[a] <= 1'b0;
        alpha[a] <= 1;
        beta[a] <= 0;
        reset[a] <= 2'd0;
        below[a] <= 1'b0;
        r[a] <= 0;
        v[a] <= 0;
      end
    end else if (write_axon) begin
      types[write_index] <= write_type;
      synapses[write_index] <= write_row;
    end else if (write_neuron) begin
      weights[write_index] <= write_weights;
      leak[write_index] <= write_leak;
      reverses[write_index] <= write_reverses;
      alpha[write_index] <= write_alpha;
      beta[write_index] <= write_beta;
      reset[write_index] <= write_reset;
      below[write_index] <= write_below;
      r[write_index] <= write_r;
      v[write_index] <= write_v0;
    end else if (spike_in) begin
      ring[spike_slot][spike_axon] <= 1'b1;
    end else if (tick) begin
      latched <= ring[now];
      ring[now] <= {AXONS{1'b0}};
      at <= 16'd0;
      busy <= 1'b1;
    end else if (busy) begin
      sum = v[at];
      for (a = 0; a < AXONS; a = a + 1) begin
        weight = weights[at][types[a]*WEIGHT+:WEIGHT];
        if (latched[a] && synapses[a][at]) sum = sum + weight;
      end
      if (!reverses[at]) sum = sum + leak[at];
      else if (sum > 0) begin
        leaked = sum + leak[at];
        sum = leaked < 0 ? 0 : leaked;
      end else if (sum < 0) begin
        leaked = sum - leak[at];
        sum = leaked > 0 ? 0 : leaked;
      end
      low = -beta[at];
      if (sum > alpha[at] || (sum == alpha[at] && !above)) begin
        fired <= 1'b1;
        if (reset[at] == 2'd0) sum = r[at];
`ifdef BROKEN
        else if (reset[at] == 2'd1) sum = 0;
`else
        else if (reset[at] == 2'd1) sum = sum - alpha[at];
`endif
        else if (below[at] && sum > alpha[at]) sum = alpha[at];
      end else if (sum < low || (sum == low && at_most)) begin
        if (below[at]) sum = low;
        else if (reset[at] == 2'd0) sum = -r[at];
        else if (reset[at] == 2'd1) sum = sum + beta[at];
      end
      if (sum > potential_max) sum = potential_max;
      if (sum < -potential_max) sum = -potential_max;
      v[at] <= sum;
      neuron <= at;
      if (at == NEURONS - 1) busy <= 1'b0;
      at <= at + 16'd1;
    end
  end
endmodule
