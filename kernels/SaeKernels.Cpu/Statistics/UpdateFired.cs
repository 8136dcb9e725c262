using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   vectors since each latent fired, which latents are dead, and the mean number of active latents a row
/// Work       one visit an entry and one a latent, no FLOP
/// Traffic    8 · entries + 20 · DSae bytes → bound by latency of the cache
/// Launch     one thread for the entries, which several would take from each other, then chunks of 4,096 latents
/// Shared     two counters a chunk        Barriers  one
/// Order      integers: none that matters; deterministic
/// Error      none for counts; one rounding of L0
/// Source     Gao et al. 2024, appendix A.2
/// </summary>
internal static unsafe class UpdateFired
{
    public static void Run(CpuContext context, in UpdateFiredArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        int rows = arguments.Rows;
        long* tokensSinceFired = HostPointers.Of(arguments.TokensSinceFired);
        long active = arguments.Codes is SparseCodes codes ? Restart(codes, rows, tokensSinceFired) : 0;
        Marking marking = new()
        {
            TokensSinceFired = tokensSinceFired,
            ActiveRows = arguments.ActiveRows is IntBuffer given ? HostPointers.Of(given) : null,
            DeadMask = HostPointers.Of(arguments.DeadMask),
            Latents = arguments.Latents,
            Rows = rows,
            DeadAfterTokens = arguments.DeadAfterTokens,
        };
        int chunks = Chunks.Count(marking.Latents, Marking.PerChunk);
        marking.Active = context.Scratch.Take<long>(chunks);
        marking.Dead = context.Scratch.Take<int>(chunks);
        context.Team.For(chunks, marking);
        int dead = 0;
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            active += marking.Active[chunk];
            dead += marking.Dead[chunk];
        }

        *HostPointers.Of(arguments.L0) = rows == 0 ? 0 : (float)((double)active / rows);
        *HostPointers.Of(arguments.DeadLatents) = dead;
    }

    /// <summary>Sets latents that fired to what the batch will bring back to 0; returns the active entries.</summary>
    private static long Restart(SparseCodes codes, int rows, long* tokensSinceFired)
    {
        int* offsets = HostPointers.Of(codes.RowOffsets);
        int* indices = HostPointers.Of(codes.Indices);
        float* values = HostPointers.Of(codes.Values);
        long active = 0;
        for (int entry = offsets[0]; entry < offsets[rows]; entry++)
        {
            if (values[entry] != 0)
            {
                tokensSinceFired[indices[entry]] = -rows;
                active++;
            }
        }

        return active;
    }

    /// <summary>Counts the batch for every latent, and marks the dead.</summary>
    private struct Marking : IChunkBody
    {
        public const int PerChunk = 1 << 12;
        public long* TokensSinceFired;
        public int* ActiveRows;
        public int* DeadMask;
        public int Latents;
        public int Rows;
        public long DeadAfterTokens;
        public long* Active;
        public int* Dead;

        public readonly void Run(int chunk, int worker)
        {
            long active = 0;
            int dead = 0;
            int end = Chunks.End(chunk, PerChunk, this.Latents);
            for (int latent = chunk * PerChunk; latent < end; latent++)
            {
                int activeRows = this.ActiveRows is null ? 0 : this.ActiveRows[latent];
                long tokens = activeRows > 0 ? 0 : this.TokensSinceFired[latent] + this.Rows;
                int flag = tokens >= this.DeadAfterTokens ? 1 : 0;
                this.TokensSinceFired[latent] = tokens;
                this.DeadMask[latent] = flag;
                active += activeRows;
                dead += flag;
            }

            this.Active[chunk] = active;
            this.Dead[chunk] = dead;
        }
    }
}
