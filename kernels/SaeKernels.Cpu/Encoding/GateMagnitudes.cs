using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   f = max(gain · π + shift, 0) with gain = e^r and shift = b_mag − e^r · b_gate
/// Work       2 FLOP an entry, an exponential a latent
/// Traffic    12 bytes an entry and 40 a latent → bound by memory
/// Launch     chunks of 64 rows over the team; gains and shifts on one thread before
/// Shared     none        Barriers  one
/// Order      elementwise; deterministic
/// Error      2⁻²⁴ of gain and of f, fused; two roundings of shift
/// Source     Rajamanoharan et al. 2024, "Gated sparse autoencoders", §3.2
/// </summary>
internal static unsafe class GateMagnitudes
{
    private const int RowsPerChunk = 64;
    private const float LeastLogGain = -87;
    private const float MostLogGain = 88;

    public static void Run(CpuContext context, in GateMagnitudesArguments arguments)
    {
        arguments.Validate();
        SetLines(arguments);
        Body body = new()
        {
            Gate = new GateLines(arguments.Gate),
            RowOffsets = HostPointers.Of(arguments.Codes.RowOffsets),
            Indices = HostPointers.Of(arguments.Codes.Indices),
            Values = HostPointers.Of(arguments.Codes.Values),
            Rows = arguments.Rows,
        };
        context.Team.For(Chunks.Count(arguments.Rows, RowsPerChunk), body);
    }

    private static void SetLines(in GateMagnitudesArguments arguments)
    {
        float* logGains = HostPointers.Of(arguments.LogGains);
        float* biases = HostPointers.Of(arguments.Biases);
        float* gateBiases = HostPointers.Of(arguments.GateBiases);
        float* gains = HostPointers.Of(arguments.Gate.Gains);
        float* shifts = HostPointers.Of(arguments.Gate.Shifts);
        for (int latent = 0; latent < arguments.Latents; latent++)
        {
            gains[latent] = (float)Math.Exp(Math.Clamp(logGains[latent], LeastLogGain, MostLogGain));
            shifts[latent] = biases[latent] - (gains[latent] * gateBiases[latent]);
        }
    }

    private struct Body : IChunkBody
    {
        public GateLines Gate;
        public int* RowOffsets;
        public int* Indices;
        public float* Values;
        public int Rows;

        public readonly void Run(int chunk, int worker)
        {
            int end = this.RowOffsets[Chunks.End(chunk, RowsPerChunk, this.Rows)];
            for (int entry = this.RowOffsets[chunk * RowsPerChunk]; entry < end; entry++)
            {
                this.Values[entry] = this.Gate.Of(this.Indices[entry], this.Values[entry]);
            }
        }
    }
}
