using System.Numerics;
using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   how many active entries of each latent, and of each group of rows, fall into each bin of the latent
/// Work       2 FLOP an entry
/// Traffic    8 bytes an entry, and 16 of counts
/// Launch     one thread, row after row
/// Shared     none        Barriers  none
/// Order      integers: none that matters; deterministic
/// Error      none: bins are found in float32 as the contract says, after float64 numbers are rounded to it
/// Source     the definition
/// </summary>
internal static unsafe class AccumulateBins
{
    public static void Run<T>(in AccumulateBinsArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        Codes<T> codes = new(arguments.Codes);
        long* counts = Host.Longs(arguments.Counts);
        for (int row = 0; row < arguments.Rows; row++)
        {
            long group = arguments.RowGroups is IntBuffer groups ? Host.Ints(groups)[row] : 0;
            for (int entry = codes.RowOffsets[row]; entry < codes.RowOffsets[row + 1]; entry++)
            {
                float value = (float)codes.Values[entry];
                int latent = codes.Indices[entry];
                (int bin, float middle) = value == 0 ? (-1, 0)
                    : arguments.Even is EvenLatentBins even ? Find<T>(even, latent, value)
                    : (FineBinOf(Host.Ints(arguments.Blocks!), latent, value), 0);
                if (bin >= 0)
                {
                    counts[(group * arguments.Bins) + bin]++;
                }

                if (arguments.Middles is RealBuffer middles)
                {
                    Reals<T> reals = Reals<T>.Of(middles);
                    reals[entry] = middle;
                }

                if (arguments.Places is IntBuffer places)
                {
                    Host.Ints(places)[entry] = bin >= 0 ? bin : Host.Ints(arguments.Even!.Value.Offsets)[latent];
                }
            }
        }
    }

    private static (int Bin, float Middle) Find<T>(EvenLatentBins bins, int latent, float value)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int* offsets = Host.Ints(bins.Offsets);
        int count = offsets[latent + 1] - offsets[latent];
        float place = value * (float)Reals<T>.Of(bins.Scales)[latent];
        int bin = place < count ? Math.Max((int)place, 0) : count - 1;
        return (offsets[latent] + bin, (bin + 0.5f) * (float)Reals<T>.Of(bins.Widths)[latent]);
    }

    private static int FineBinOf(int* blocks, int latent, float value)
    {
        (int octave, int place) = Math.DivRem(FineBins.IndexOf(value), FineBins.PerOctave);
        int block = blocks[((long)latent * FineBins.Octaves) + octave];
        return block < 0 ? -1 : (block * FineBins.PerOctave) + place;
    }
}
