using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// The K largest pre-activations of each row among some latents, negative ones clipped to 0: what EncodeTopK selects
/// first, and what every encoder selects among flagged latents.
/// </summary>
internal sealed unsafe class LargestOfRows<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly SparseCodes codes;
    private readonly int[] latents;
    private readonly int entriesPerRow;

    private LargestOfRows(SparseCodes codes, IEnumerable<int> latents, int k)
    {
        this.codes = codes;
        this.latents = [.. latents];
        this.entriesPerRow = Math.Min(k, this.latents.Length);
    }

    public static LargestOfRows<T> OfAll(SparseCodes codes, int latents, int k) =>
        new(codes, Enumerable.Range(0, latents), k);

    /// <summary>A selection among flagged latents; null where none is wanted.</summary>
    public static LargestOfRows<T>? OfFlagged(AuxSelection? selection, int latents)
    {
        if (selection is not AuxSelection aux)
        {
            return null;
        }

        int* flags = Host.Ints(aux.Mask);
        return new LargestOfRows<T>(aux.Codes, Enumerable.Range(0, latents).Where(latent => flags[latent] != 0), aux.K);
    }

    public void Select(int row, double[] preActivations)
    {
        int[] selected = [.. this.latents];
        Array.Sort(selected, (left, right) => Rank(preActivations, left, right));
        Array.Resize(ref selected, this.entriesPerRow);
        Array.Sort(selected);
        Codes<T> target = new(this.codes);
        Reals<T> values = target.Values;
        for (int i = 0; i < selected.Length; i++)
        {
            double value = preActivations[selected[i]];
            long entry = ((long)row * selected.Length) + i;
            target.Indices[entry] = selected[i];
            values[entry] = value <= 0 ? 0 : value;
        }
    }

    /// <summary>Writes where the rows begin and how many entries there are.</summary>
    public void Close(int rows)
    {
        int* offsets = Host.Ints(this.codes.RowOffsets);
        for (int row = 0; row <= rows; row++)
        {
            offsets[row] = row * this.entriesPerRow;
        }

        *Host.Longs(this.codes.NeededEntries) = (long)rows * this.entriesPerRow;
    }

    private static int Rank(double[] preActivations, int left, int right)
    {
        double a = preActivations[left];
        double b = preActivations[right];
        if (double.IsNaN(a) != double.IsNaN(b))
        {
            return double.IsNaN(a) ? -1 : 1;
        }

        return a > b ? -1 : a < b ? 1 : left.CompareTo(right);
    }
}
