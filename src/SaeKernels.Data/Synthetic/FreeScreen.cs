using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SaeKernels.Data;

/// <summary>Bounds of the hazards of many features in a row, from products of 8-bit integers.</summary>
/// <remarks>
/// z = w·ε − b is below (v·x + ‖v‖·‖s ε − x‖ + ‖r w − v‖·s ‖ε‖) / (r s) − b with integers v ≈ r w and x ≈ s ε. A sum of
/// products stays within 16 bits, since ‖v‖·‖x‖ does. Integers come out the same on every processor. In float32 the
/// products of 5504 features took a fifth of the time of a row.
/// </remarks>
internal sealed class FreeScreen
{
    /// <summary>Features whose bounds are computed together.</summary>
    public const int Block = 256;

    /// <summary>Lane l of a block belongs to column l mod Columns; features ascend column by column.</summary>
    public const int Columns = 16;

    // Two products of a byte up to 2 · Middle − 1 and a signed one must not exceed 16 bits.
    private const int Middle = 64;
    private const int MostWeight = Middle - 1;
    private const int MostPoint = sbyte.MaxValue;

    // Longer v lose less, but leave less of the 16 bits for x: this is where both lose about as much.
    private const double MostLength = 110;
    private const int Lanes = PairProducts.Lanes;

    // More than the roundings of bounds and z in float32.
    private const float Slack = 1e-4f;

    private readonly int pairs;
    private readonly AlignedNumbers weights;
    private readonly AlignedNumbers steps;
    // Minus b, and −∞ behind the last feature.
    private readonly AlignedNumbers offsets;
    private readonly double longest;
    private readonly double lost;

    /// <summary>Rounds the forms of features.</summary>
    /// <param name="loadings">w, [features, rank].</param>
    /// <param name="offsets">b, [features].</param>
    /// <param name="rank">The hidden variables.</param>
    public FreeScreen(ReadOnlySpan<float> loadings, ReadOnlySpan<float> offsets, int rank)
    {
        this.pairs = (rank + 1) / 2;
        this.Blocks = (offsets.Length + Block - 1) / Block;
        this.weights = new AlignedNumbers((long)this.Blocks * this.pairs * Block * 2 / sizeof(float));
        this.steps = new AlignedNumbers((long)this.Blocks * Block);
        this.offsets = new AlignedNumbers((long)this.Blocks * Block);
        this.offsets.Span.Fill(float.NegativeInfinity);
        Span<byte> bytes = MemoryMarshal.AsBytes(this.weights.Span);
        for (int feature = 0; feature < offsets.Length; feature++)
        {
            int place = feature % Block;
            int block = feature / Block;
            int lane = (place % (Block / Columns) * Columns) + (place / (Block / Columns));
            ReadOnlySpan<float> form = loadings.Slice(feature * rank, rank);
            double scale = ScaleOf(form);
            double squares = 0;
            double lostSquares = 0;
            for (int k = 0; k < rank; k++)
            {
                double weight = Math.Round(form[k] * scale);
                squares += weight * weight;
                lostSquares += Math.Pow((form[k] * scale) - weight, 2);
                int pair = (block * this.pairs) + (k / 2);
                bytes[(((pair * Block) + lane) * 2) + (k % 2)] = (byte)(Middle + weight);
            }

            this.steps.Span[(block * Block) + lane] = (float)(1 / scale);
            this.offsets.Span[(block * Block) + lane] = Slack - offsets[feature];
            this.longest = Math.Max(this.longest, Math.Sqrt(squares));
            this.lost = Math.Max(this.lost, Math.Sqrt(lostSquares));
        }
    }

    /// <summary>The number of blocks.</summary>
    public int Blocks { get; }

    /// <summary>The feature of a lane; beyond the last one for what fills up the last block.</summary>
    public static int FeatureOf(int block, int lane) =>
        (block * Block) + (lane % Columns * (Block / Columns)) + (lane / Columns);

    /// <summary>Rounds the hidden variables of a row.</summary>
    /// <param name="hidden">ε, [rank].</param>
    /// <param name="point">Receives them.</param>
    public void Round(ReadOnlySpan<float> hidden, ScreenPoint point)
    {
        double squares = 0;
        double greatest = 1e-3;
        foreach (float number in hidden)
        {
            squares += (double)number * number;
            greatest = Math.Max(greatest, Math.Abs(number));
        }

        // Rounding makes x longer by half the root of its elements at most.
        double length = Math.Sqrt(squares);
        double room = (short.MaxValue / Math.Max(1, this.longest)) - (0.5 * Math.Sqrt(hidden.Length)) - 1;
        double scale = Math.Min(MostPoint / greatest, room / Math.Max(1e-3, length));
        if (point.Pairs.Length != this.pairs)
        {
            point.Pairs = new short[this.pairs];
        }

        Span<sbyte> numbers = MemoryMarshal.Cast<short, sbyte>(point.Pairs.AsSpan());
        double lostSquares = 0;
        int sum = 0;
        for (int k = 0; k < hidden.Length; k++)
        {
            double scaled = hidden[k] * scale;
            double number = Math.Round(scaled);
            lostSquares += (scaled - number) * (scaled - number);
            numbers[k] = (sbyte)number;
            sum += numbers[k];
        }

        point.Start = unchecked((short)(-Middle * sum));
        point.Step = (float)(1 / scale);
        point.Margin = (float)(((this.longest * Math.Sqrt(lostSquares)) + (this.lost * length * scale)) / scale);
    }

    /// <summary>Bounds the hazards of a block.</summary>
    /// <param name="block">0 to <see cref="Blocks"/> − 1.</param>
    /// <param name="point">The hidden variables.</param>
    /// <param name="products">Memory for a block.</param>
    /// <param name="bounds">Receives a bound for each lane.</param>
    /// <returns>The sums of the columns.</returns>
    public Vector512<float> Bound(int block, ScreenPoint point, Span<short> products, Span<float> bounds)
    {
        ref byte first = ref Unsafe.As<float, byte>(
            ref MemoryMarshal.GetReference(this.weights.Span[(block * this.pairs * (Block / 2))..]));
        ref short product = ref MemoryMarshal.GetReference(products);
        PairProducts.Sum(ref first, point.Pairs, point.Start, ref product);
        Vector512<float> sums = BoundProducts(
            block, point, ref product, bounds, areNegative: true, out Vector512<float> greatest);
        // With the defaults this is never so: rare features stay rare whatever the hidden variables are.
        return Vector512.GreaterThanAny(greatest, Vector512<float>.Zero)
            ? BoundProducts(block, point, ref product, bounds, areNegative: false, out _)
            : sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> BoundProducts(
        int block,
        ScreenPoint point,
        ref short products,
        Span<float> bounds,
        bool areNegative,
        out Vector512<float> greatest)
    {
        ref float to = ref MemoryMarshal.GetReference(bounds);
        ref float stepOf = ref MemoryMarshal.GetReference(this.steps.Span[(block * Block)..]);
        ref float minus = ref MemoryMarshal.GetReference(this.offsets.Span[(block * Block)..]);
        Vector512<float> step = Vector512.Create(point.Step);
        Vector512<float> margin = Vector512.Create(point.Margin);
        Vector512<float> sums = Vector512<float>.Zero;
        greatest = Vector512.Create(float.NegativeInfinity);
        for (nuint lane = 0; lane < Block; lane += Lanes)
        {
            Vector512<short> narrow = Vector512.LoadUnsafe(ref products, lane);
            for (nuint half = 0; half < Lanes; half += Columns)
            {
                Vector512<int> wide = half == 0 ? Vector512.WidenLower(narrow) : Vector512.WidenUpper(narrow);
                Vector512<float> z = Vector512.FusedMultiplyAdd(
                    Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(wide), step, margin),
                    Vector512.LoadUnsafe(ref stepOf, lane + half),
                    Vector512.LoadUnsafe(ref minus, lane + half));
                Vector512<float> bound = areNegative ? HazardBound.OfNegative(z) : HazardBound.Of(z);
                greatest = Vector512.MaxNative(greatest, z);
                bound.StoreUnsafe(ref to, lane + half);
                sums += bound;
            }
        }

        return sums;
    }

    private static double ScaleOf(ReadOnlySpan<float> form)
    {
        double squares = 0;
        double greatest = 0;
        foreach (float weight in form)
        {
            squares += (double)weight * weight;
            greatest = Math.Max(greatest, Math.Abs(weight));
        }

        return greatest > 0 ? Math.Min(MostWeight / greatest, MostLength / Math.Sqrt(squares)) : 1;
    }
}
