using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SaeKernels.Data;

/// <summary>Directions, cut into strips of columns: sums of some of them for many vectors.</summary>
/// <remarks>
/// Sixteen thousand directions of 768 numbers are 50 MB, a strip of 64 columns is 4 MB, and of it mostly the frequent
/// ones are read: it stays in the cache while all vectors pass. An element is one chain of fused multiply-adds from
/// the offset on, in the order of the entries.
/// </remarks>
internal sealed class DirectionColumns
{
    private readonly AlignedNumbers[] strips;
    private readonly float[] offset;
    private readonly int dIn;

    /// <summary>Cuts directions.</summary>
    /// <param name="directions">The directions.</param>
    /// <param name="offset">What every vector begins with, [DIn]; null for zeros.</param>
    public DirectionColumns(TrueDirections directions, float[]? offset)
    {
        this.dIn = directions.DIn;
        this.strips = new AlignedNumbers[(this.dIn + Columns - 1) / Columns];
        this.offset = new float[this.strips.Length * Columns];
        offset?.CopyTo(this.offset.AsSpan());
        for (int strip = 0; strip < this.strips.Length; strip++)
        {
            int first = strip * Columns;
            int count = Math.Min(Columns, this.dIn - first);
            AlignedNumbers rows = new((long)directions.Features * Columns);
            for (int feature = 0; feature < directions.Features; feature++)
            {
                directions.Row(feature).Slice(first, count).CopyTo(rows.Span[(feature * Columns)..]);
            }

            this.strips[strip] = rows;
        }
    }

    /// <summary>The number of strips.</summary>
    public int Strips => this.strips.Length;

    private const int Columns = 64;

    /// <summary>
    /// Reads a strip from end to end, which memory does several times faster than in the order of entries: worth it
    /// before about a thousand sums.
    /// </summary>
    /// <param name="strip">0 to <see cref="Strips"/> − 1.</param>
    /// <returns>A number that depends on all cache lines of the strip.</returns>
    public int Fetch(int strip)
    {
        ReadOnlySpan<int> rows = MemoryMarshal.Cast<float, int>(this.strips[strip].Span);
        int all = 0;
        for (int line = 0; line < rows.Length; line += AlignedNumbers.LineBytes / sizeof(float))
        {
            all |= rows[line];
        }

        return all;
    }

    /// <summary>Writes the elements of a vector that lie in one strip.</summary>
    /// <param name="strip">0 to <see cref="Strips"/> − 1.</param>
    /// <param name="features">The entries' features.</param>
    /// <param name="values">How strongly each is active.</param>
    /// <param name="vector">The whole vector, [DIn].</param>
    public void Sum(int strip, ReadOnlySpan<int> features, ReadOnlySpan<float> values, Span<float> vector)
    {
        Span<float> part = vector[(strip * Columns)..];
        if (part.Length >= Columns)
        {
            Sum(this.strips[strip].Span, features, values, this.offset.AsSpan(strip * Columns), part);
            return;
        }

        Span<float> whole = stackalloc float[Columns];
        Sum(this.strips[strip].Span, features, values, this.offset.AsSpan(strip * Columns), whole);
        whole[..part.Length].CopyTo(part);
    }

    private static void Sum(
        ReadOnlySpan<float> rows,
        ReadOnlySpan<int> features,
        ReadOnlySpan<float> values,
        ReadOnlySpan<float> from,
        Span<float> to)
    {
        const int Lanes = 16;
        ref float start = ref MemoryMarshal.GetReference(from);
        ref float first = ref MemoryMarshal.GetReference(rows);
        ref float value = ref MemoryMarshal.GetReference(values);
        Vector512<float> s0 = Vector512.LoadUnsafe(ref start);
        Vector512<float> s1 = Vector512.LoadUnsafe(ref start, Lanes);
        Vector512<float> s2 = Vector512.LoadUnsafe(ref start, 2 * Lanes);
        Vector512<float> s3 = Vector512.LoadUnsafe(ref start, 3 * Lanes);
        foreach (int feature in features)
        {
            ref float row = ref Unsafe.Add(ref first, (nint)feature * Columns);
            Vector512<float> factor = Vector512.Create(value);
            s0 = Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref row), s0);
            s1 = Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref row, Lanes), s1);
            s2 = Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref row, 2 * Lanes), s2);
            s3 = Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref row, 3 * Lanes), s3);
            value = ref Unsafe.Add(ref value, 1);
        }

        ref float end = ref MemoryMarshal.GetReference(to);
        s0.StoreUnsafe(ref end);
        s1.StoreUnsafe(ref end, Lanes);
        s2.StoreUnsafe(ref end, 2 * Lanes);
        s3.StoreUnsafe(ref end, 3 * Lanes);
    }
}
