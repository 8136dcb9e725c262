using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   vectors since each latent fired, which latents are dead, and the mean number of active latents a row
/// Work       one visit an entry and a latent, no FLOP
/// Traffic    8 · entries + 20 · DSae bytes
/// Launch     one thread
/// Shared     DSae flags of scratch        Barriers  none
/// Order      integers: none that matters; deterministic
/// Error      none for counts; one rounding of L0
/// Source     Gao et al. 2024, appendix A.2
/// </summary>
internal static unsafe class UpdateFired
{
    public static void Run<T>(in UpdateFiredArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        Codes<T> codes = new(arguments.Codes);
        bool[] fired = new bool[arguments.Latents];
        long active = 0;
        for (int entry = codes.RowOffsets[0]; entry < codes.RowOffsets[arguments.Rows]; entry++)
        {
            if (codes.Values[entry] != 0)
            {
                fired[codes.Indices[entry]] = true;
                active++;
            }
        }

        long* tokensSinceFired = Host.Longs(arguments.TokensSinceFired);
        int* deadMask = Host.Ints(arguments.DeadMask);
        int dead = 0;
        for (int latent = 0; latent < fired.Length; latent++)
        {
            tokensSinceFired[latent] = fired[latent] ? 0 : tokensSinceFired[latent] + arguments.Rows;
            deadMask[latent] = tokensSinceFired[latent] >= arguments.DeadAfterTokens ? 1 : 0;
            dead += deadMask[latent];
        }

        Host.Store<T>(arguments.DeadLatents, dead);
        Host.Store<T>(arguments.L0, arguments.Rows == 0 ? 0 : (double)active / arguments.Rows);
    }
}
