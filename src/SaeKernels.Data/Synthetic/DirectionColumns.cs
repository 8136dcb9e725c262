using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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

    private static int Columns => 8 * Vector<float>.Count;

    /// <summary>
    /// Reads a strip from end to end, which memory does several times faster than in the order of entries: worth it
    /// before about a thousand sums.
    /// </summary>
    /// <param name="strip">0 to <see cref="Strips"/> − 1.</param>
    /// <returns>A number that depends on all that was read.</returns>
    public float Fetch(int strip)
    {
        ReadOnlySpan<float> rows = this.strips[strip].Span;
        Vector<float> all = Vector<float>.Zero;
        for (int i = 0; i < rows.Length; i += Vector<float>.Count)
        {
            all += new Vector<float>(rows[i..]);
        }

        return Vector.Sum(all);
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
        nuint lanes = (nuint)Vector<float>.Count;
        ref float start = ref MemoryMarshal.GetReference(from);
        ref float first = ref MemoryMarshal.GetReference(rows);
        Vector<float> s0 = Vector.LoadUnsafe(ref start);
        Vector<float> s1 = Vector.LoadUnsafe(ref start, lanes);
        Vector<float> s2 = Vector.LoadUnsafe(ref start, 2 * lanes);
        Vector<float> s3 = Vector.LoadUnsafe(ref start, 3 * lanes);
        Vector<float> s4 = Vector.LoadUnsafe(ref start, 4 * lanes);
        Vector<float> s5 = Vector.LoadUnsafe(ref start, 5 * lanes);
        Vector<float> s6 = Vector.LoadUnsafe(ref start, 6 * lanes);
        Vector<float> s7 = Vector.LoadUnsafe(ref start, 7 * lanes);
        for (int entry = 0; entry < features.Length; entry++)
        {
            ref float row = ref Unsafe.Add(ref first, (nint)features[entry] * Columns);
            Vector<float> value = new(values[entry]);
            s0 = Vector.FusedMultiplyAdd(value, Vector.LoadUnsafe(ref row), s0);
            s1 = Vector.FusedMultiplyAdd(value, Vector.LoadUnsafe(ref row, lanes), s1);
            s2 = Vector.FusedMultiplyAdd(value, Vector.LoadUnsafe(ref row, 2 * lanes), s2);
            s3 = Vector.FusedMultiplyAdd(value, Vector.LoadUnsafe(ref row, 3 * lanes), s3);
            s4 = Vector.FusedMultiplyAdd(value, Vector.LoadUnsafe(ref row, 4 * lanes), s4);
            s5 = Vector.FusedMultiplyAdd(value, Vector.LoadUnsafe(ref row, 5 * lanes), s5);
            s6 = Vector.FusedMultiplyAdd(value, Vector.LoadUnsafe(ref row, 6 * lanes), s6);
            s7 = Vector.FusedMultiplyAdd(value, Vector.LoadUnsafe(ref row, 7 * lanes), s7);
        }

        ref float end = ref MemoryMarshal.GetReference(to);
        s0.StoreUnsafe(ref end);
        s1.StoreUnsafe(ref end, lanes);
        s2.StoreUnsafe(ref end, 2 * lanes);
        s3.StoreUnsafe(ref end, 3 * lanes);
        s4.StoreUnsafe(ref end, 4 * lanes);
        s5.StoreUnsafe(ref end, 5 * lanes);
        s6.StoreUnsafe(ref end, 6 * lanes);
        s7.StoreUnsafe(ref end, 7 * lanes);
    }
}
