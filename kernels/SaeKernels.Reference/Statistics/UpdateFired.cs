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
        bool[] fired = new bool[arguments.Latents];
        long active = arguments.Codes is SparseCodes codes
            ? Mark(new Codes<T>(codes), arguments.Rows, fired)
            : Mark(Host.Ints(arguments.ActiveRows!), fired);
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

    private static long Mark<T>(Codes<T> codes, int rows, bool[] fired)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        long active = 0;
        for (int entry = codes.RowOffsets[0]; entry < codes.RowOffsets[rows]; entry++)
        {
            if (codes.Values[entry] != 0)
            {
                fired[codes.Indices[entry]] = true;
                active++;
            }
        }

        return active;
    }

    private static long Mark(int* activeRows, bool[] fired)
    {
        long active = 0;
        for (int latent = 0; latent < fired.Length; latent++)
        {
            fired[latent] = activeRows[latent] > 0;
            active += activeRows[latent];
        }

        return active;
    }
}
