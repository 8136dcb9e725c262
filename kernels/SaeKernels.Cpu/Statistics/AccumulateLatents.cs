using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   count, Σv, Σv², min v, max v and a histogram of v of each latent, over active entries
/// Work       3 FLOP an entry
/// Traffic    8 bytes an entry, and 56 of statistics → bound by latency of the cache
/// Launch     one thread
/// Shared     none        Barriers  none
/// Order      rows ascending, in float64; deterministic
/// Error      n · 2⁻⁵³ · Σ|v| for n entries
/// Source     the definition
/// </summary>
internal static unsafe class AccumulateLatents
{
    public static void Run(in AccumulateLatentsArguments arguments)
    {
        arguments.Validate();
        if (arguments.Statistics is not CpuLatentStatistics statistics)
        {
            throw new ArgumentException(
                "AccumulateLatents: Statistics must be made by a CpuBackend, but is a "
                + $"{arguments.Statistics.GetType().Name}. Call CreateLatentStatistics of the backend that uses it.");
        }

        int* offsets = HostPointers.Of(arguments.Codes.RowOffsets);
        int* indices = HostPointers.Of(arguments.Codes.Indices);
        float* values = HostPointers.Of(arguments.Codes.Values);
        for (int entry = offsets[0]; entry < offsets[arguments.Rows]; entry++)
        {
            if (values[entry] != 0)
            {
                statistics.AddActivation(indices[entry], values[entry]);
            }
        }

        statistics.AddRows(arguments.Rows);
    }
}
