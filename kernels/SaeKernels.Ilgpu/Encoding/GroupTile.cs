using System.Runtime.CompilerServices;
using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// A tile of 128 rows × 128 latents that 256 threads compute together: 8 × 8 pre-activations a thread in registers.
/// </summary>
/// <remarks>
/// A thread's eight rows are four neighbours and the four 64 further on, its latents likewise: what the threads of a
/// warp load from shared memory lies together.
/// </remarks>
internal struct GroupTile
{
    public const int Edge = 128;
    public const int Side = 16;
    public const int Threads = Side * Side;

    /// <summary>Columns of the inputs that are in shared memory at once; two such slices are.</summary>
    public const int Depth = 16;

    // Sixteen elements between the columns that one warp stores: no bank is asked twice.
    public const int Pitch = Edge + 4;
    public const int SlicesLength = 2 * Depth * Pitch;
    public const int SharedBytes = 4 * ((2 * SlicesLength) + Selectors.StateLength + 2);
    private const int HalfEdge = Edge / 2;

    public Octet Row0;
    public Octet Row1;
    public Octet Row2;
    public Octet Row3;
    public Octet Row4;
    public Octet Row5;
    public Octet Row6;
    public Octet Row7;

    /// <summary>Returns the slot of a thread's row, 0 to 7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Slot(int row) => Place(Group.IdxX / Side, row);

    /// <summary>Returns the latent of a thread, 0 to 7, relative to the tile's first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Latent(int latent) => Place(Group.IdxX & (Side - 1), latent);

    /// <summary>Computes the canonical pre-activations of a tile; the group's threads meet at barriers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GroupTile Compute(
        EncoderView encoder, TileJob job, int firstLatent, ArrayView<float> inputs, ArrayView<float> weights)
    {
        Octet biases = Biases(encoder, firstLatent);
        GroupTile tile = new()
        {
            Row0 = biases,
            Row1 = biases,
            Row2 = biases,
            Row3 = biases,
            Row4 = biases,
            Row5 = biases,
            Row6 = biases,
            Row7 = biases,
        };

        // Rows past the end repeat the last one: what they give is never looked at.
        int half = Group.IdxX & 1;
        int place = Group.IdxX / 2;
        long input = (long)IntrinsicMath.Min(job.FirstRow + place, encoder.Rows - 1) * encoder.DIn;
        long weight = (long)IntrinsicMath.Min(firstLatent + place, encoder.Latents - 1) * encoder.DIn;
        int slices = (encoder.DIn + Depth - 1) / Depth;
        int first = half * Quad.Length;
        Quad input0 = Load(encoder.Input, input, first, encoder);
        Quad input1 = Load(encoder.Input, input, first + 8, encoder);
        Quad weight0 = Load(encoder.WEnc, weight, first, encoder);
        Quad weight1 = Load(encoder.WEnc, weight, first + 8, encoder);
        StoreSlice(inputs, 0, place, half, input0, input1);
        StoreSlice(weights, 0, place, half, weight0, weight1);
        GroupBarrier.Wait();
        for (int slice = 0; slice < slices; slice++)
        {
            // The next slice is on its way while this one is multiplied; past the end it holds zeros.
            int next = ((slice + 1) * Depth) + first;
            input0 = Load(encoder.Input, input, next, encoder);
            input1 = Load(encoder.Input, input, next + 8, encoder);
            weight0 = Load(encoder.WEnc, weight, next, encoder);
            weight1 = Load(encoder.WEnc, weight, next + 8, encoder);
            tile = Multiply(tile, inputs, weights, slice & 1);
            StoreSlice(inputs, (slice + 1) & 1, place, half, input0, input1);
            StoreSlice(weights, (slice + 1) & 1, place, half, weight0, weight1);
            GroupBarrier.Wait();
        }

        return tile;
    }

    private static int Place(int thread, int i) => (thread * Quad.Length) + (i & 3) + (i / Quad.Length * HalfEdge);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Octet Biases(EncoderView encoder, int firstLatent) => new()
    {
        V0 = Bias(encoder, firstLatent + Latent(0)),
        V1 = Bias(encoder, firstLatent + Latent(1)),
        V2 = Bias(encoder, firstLatent + Latent(2)),
        V3 = Bias(encoder, firstLatent + Latent(3)),
        V4 = Bias(encoder, firstLatent + Latent(4)),
        V5 = Bias(encoder, firstLatent + Latent(5)),
        V6 = Bias(encoder, firstLatent + Latent(6)),
        V7 = Bias(encoder, firstLatent + Latent(7)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Bias(EncoderView encoder, int latent) =>
        encoder.BEnc[IntrinsicMath.Min(latent, encoder.Latents - 1)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad Load(ArrayView<float> matrix, long start, int column, EncoderView encoder) =>
        Quad.Load(matrix, start, column, encoder.DIn, encoder.IsAligned != 0);

    /// <summary>Stores columns 4·half … and 8 + 4·half … of a row into a slice, which is stored by columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreSlice(ArrayView<float> slices, int slice, int row, int half, Quad low, Quad high)
    {
        int place = (((slice * Depth) + (half * Quad.Length)) * Pitch) + row;
        slices[place] = low.V0;
        slices[place + Pitch] = low.V1;
        slices[place + (2 * Pitch)] = low.V2;
        slices[place + (3 * Pitch)] = low.V3;
        slices[place + (8 * Pitch)] = high.V0;
        slices[place + (9 * Pitch)] = high.V1;
        slices[place + (10 * Pitch)] = high.V2;
        slices[place + (11 * Pitch)] = high.V3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static GroupTile Multiply(GroupTile tile, ArrayView<float> inputs, ArrayView<float> weights, int slice)
    {
        ArrayView<Quad> inputQuads = inputs.Cast<Quad>();
        ArrayView<Quad> weightQuads = weights.Cast<Quad>();
        const int Distance = HalfEdge / Quad.Length;
        int place = slice * Depth * Pitch / Quad.Length;
        int input = place + (Group.IdxX / Side);
        int weight = place + (Group.IdxX & (Side - 1));
        for (int d = 0; d < Depth; d++)
        {
            Octet x = Octet.Load(inputQuads, input, Distance);
            Octet w = Octet.Load(weightQuads, weight, Distance);
            tile.Row0 = Octet.AddProduct(tile.Row0, x.V0, w);
            tile.Row1 = Octet.AddProduct(tile.Row1, x.V1, w);
            tile.Row2 = Octet.AddProduct(tile.Row2, x.V2, w);
            tile.Row3 = Octet.AddProduct(tile.Row3, x.V3, w);
            tile.Row4 = Octet.AddProduct(tile.Row4, x.V4, w);
            tile.Row5 = Octet.AddProduct(tile.Row5, x.V5, w);
            tile.Row6 = Octet.AddProduct(tile.Row6, x.V6, w);
            tile.Row7 = Octet.AddProduct(tile.Row7, x.V7, w);
            input += Pitch / Quad.Length;
            weight += Pitch / Quad.Length;
        }

        return tile;
    }
}
