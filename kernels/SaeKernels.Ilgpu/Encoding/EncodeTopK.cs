using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   p = b_enc + W_enc · x; the K largest p of each row, and the AuxK largest among flagged latents
/// Work       2 · batch · DSae · DIn FLOP, and about k · (1 + ln(DSae / k)) heap insertions a row
/// Traffic    4 · DSae · DIn · batch / 64 + 4 · batch · DIn · DSae / 64 bytes → bound by FLOP
/// Launch     one group of 16 × 16 threads per 64 rows (8 × 8 per 32 on the simulator), 4 × 4 products a thread
/// Shared     25 KiB: tiles of x and W_enc, and of pre-activations        Barriers  2 · DIn / 16 + 1 a tile
/// Order      d ascending from b_enc, fused multiply-adds; deterministic, bits equal to a scalar loop
/// Error      the canonical pre-activation exactly; against exact arithmetic (DIn + 1) · 2⁻²⁴ · (|b| + Σ|w·x|)
/// Source     Gao et al. 2024, §2.3 and appendix A.2
/// </summary>
internal sealed class EncodeTopK(KernelDevice device)
{
    private const int LargeSide = 16;
    private const int SmallSide = 8;
    private const int MaxEdge = 4 * LargeSide;
    private const int Depth = 16;
    private const int IsLatent = 1;
    private const int IsFlagged = 2;

    // A row owner reads along a row of the tile while its neighbours read theirs: an odd pitch keeps their banks apart.
    private const int Pitch = MaxEdge + 1;
    private readonly Kernel<Parameters> kernel = new(device, SelectRows);
    private readonly SelectedRows selectedRows = new(device);

    public void Run(in EncodeTopKArguments arguments)
    {
        int rows = arguments.Input.Rows;
        AuxSelection? aux = arguments.Aux;
        int auxK = aux?.K ?? 0;
        bool isLarge = !device.IsSimulator && device.Accelerator.MaxNumThreadsPerGroup >= LargeSide * LargeSide;
        Parameters parameters = new()
        {
            Input = device.View(arguments.Input),
            WEnc = device.View(arguments.WEnc),
            BEnc = device.View(arguments.BEnc),
            AuxMask = aux is null ? device.Scratch.Int("EncodeTopK.NoMask", 1) : device.View(aux.Value.Mask),
            Keys = device.Scratch.Key("EncodeTopK.Keys", (long)rows * arguments.K),
            AuxKeys = device.Scratch.Key("EncodeTopK.AuxKeys", Math.Max((long)rows * auxK, 1)),
            Rows = rows,
            Latents = arguments.WEnc.Rows,
            DIn = arguments.Input.Columns,
            K = arguments.K,
            AuxK = auxK,
            Side = isLarge ? LargeSide : SmallSide,
        };
        int edge = 4 * parameters.Side;
        this.kernel.Launch((int)((rows + (long)edge - 1) / edge), parameters.Side * parameters.Side, parameters);
        this.selectedRows.Store(parameters.Keys, rows, arguments.K, arguments.Codes);
        if (aux is not null)
        {
            this.selectedRows.StoreFlagged(
                parameters.AuxKeys, rows, auxK, aux.Value.Codes, parameters.AuxMask, parameters.Latents);
        }
    }

    private static void SelectRows(Parameters p)
    {
        ArrayView<float> inputTile = SharedMemory.Allocate<float>(MaxEdge * Depth);
        ArrayView<float> weightTile = SharedMemory.Allocate<float>(MaxEdge * Depth);
        ArrayView<float> preActivations = SharedMemory.Allocate<float>(MaxEdge * Pitch);
        ArrayView<int> flags = SharedMemory.Allocate<int>(MaxEdge);
        int edge = 4 * p.Side;
        int firstRow = Grid.IdxX * edge;
        // Row owners are spread over the warps, so that few rows of a warp wait for each other's insertions.
        int threadsPerRow = p.Side / 4;
        int ownTileRow = Group.IdxX / threadsPerRow;
        int ownRow = firstRow + ownTileRow;
        bool owns = Group.IdxX % threadsPerRow == 0 && ownRow < p.Rows;
        int kept = 0;
        int auxKept = 0;
        for (int firstLatent = 0; firstLatent < p.Latents; firstLatent += edge)
        {
            ComputeTile(p, firstRow, firstLatent, inputTile, weightTile, preActivations);
            if (Group.IdxX < edge)
            {
                flags[Group.IdxX] = Flags(p, firstLatent + Group.IdxX);
            }

            Group.Barrier();
            if (owns)
            {
                kept = Offer(p.Keys, p.K, ownRow, kept, preActivations, ownTileRow, flags, IsLatent, firstLatent, edge);
            }

            if (owns && p.AuxK > 0)
            {
                auxKept = Offer(
                    p.AuxKeys,
                    p.AuxK,
                    ownRow,
                    auxKept,
                    preActivations,
                    ownTileRow,
                    flags,
                    IsFlagged,
                    firstLatent,
                    edge);
            }
        }
    }

    private static int Flags(Parameters p, int latent)
    {
        int flags = 0;
        if (latent < p.Latents)
        {
            flags = IsLatent;
            if (p.AuxK > 0 && p.AuxMask[latent] != 0)
            {
                flags |= IsFlagged;
            }
        }

        return flags;
    }

    private static void ComputeTile(
        Parameters p,
        int firstRow,
        int firstLatent,
        ArrayView<float> inputTile,
        ArrayView<float> weightTile,
        ArrayView<float> preActivations)
    {
        int edge = 4 * p.Side;
        int row = Group.IdxX / p.Side * 4;
        int latent = Group.IdxX % p.Side * 4;
        float p00 = Bias(p, firstLatent + latent), p01 = Bias(p, firstLatent + latent + 1);
        float p02 = Bias(p, firstLatent + latent + 2), p03 = Bias(p, firstLatent + latent + 3);
        float p10 = p00, p11 = p01, p12 = p02, p13 = p03;
        float p20 = p00, p21 = p01, p22 = p02, p23 = p03;
        float p30 = p00, p31 = p01, p32 = p02, p33 = p03;
        for (int start = 0; start < p.DIn; start += Depth)
        {
            LoadTile(p.Input, firstRow, p.Rows, start, p.DIn, edge, inputTile);
            LoadTile(p.WEnc, firstLatent, p.Latents, start, p.DIn, edge, weightTile);
            Group.Barrier();
            int depth = IntrinsicMath.Min(Depth, p.DIn - start);
            for (int d = 0; d < depth; d++)
            {
                int x = (d * MaxEdge) + row;
                int w = (d * MaxEdge) + latent;
                float x0 = inputTile[x], x1 = inputTile[x + 1], x2 = inputTile[x + 2], x3 = inputTile[x + 3];
                float w0 = weightTile[w], w1 = weightTile[w + 1], w2 = weightTile[w + 2], w3 = weightTile[w + 3];
                p00 = Fma(w0, x0, p00);
                p01 = Fma(w1, x0, p01);
                p02 = Fma(w2, x0, p02);
                p03 = Fma(w3, x0, p03);
                p10 = Fma(w0, x1, p10);
                p11 = Fma(w1, x1, p11);
                p12 = Fma(w2, x1, p12);
                p13 = Fma(w3, x1, p13);
                p20 = Fma(w0, x2, p20);
                p21 = Fma(w1, x2, p21);
                p22 = Fma(w2, x2, p22);
                p23 = Fma(w3, x2, p23);
                p30 = Fma(w0, x3, p30);
                p31 = Fma(w1, x3, p31);
                p32 = Fma(w2, x3, p32);
                p33 = Fma(w3, x3, p33);
            }

            Group.Barrier();
        }

        StoreQuad(preActivations, (row * Pitch) + latent, p00, p01, p02, p03);
        StoreQuad(preActivations, ((row + 1) * Pitch) + latent, p10, p11, p12, p13);
        StoreQuad(preActivations, ((row + 2) * Pitch) + latent, p20, p21, p22, p23);
        StoreQuad(preActivations, ((row + 3) * Pitch) + latent, p30, p31, p32, p33);
    }

    private static float Bias(Parameters p, int latent) => p.BEnc[IntrinsicMath.Min(latent, p.Latents - 1)];

    private static void LoadTile(
        ArrayView<float> matrix, int firstRow, int rows, int start, int columns, int edge, ArrayView<float> tile)
    {
        for (int i = Group.IdxX; i < edge * Depth; i += Group.DimX)
        {
            // Rows and columns past the end repeat the last one: what they give is never read.
            int row = IntrinsicMath.Min(firstRow + (i / Depth), rows - 1);
            int column = IntrinsicMath.Min(start + (i % Depth), columns - 1);
            tile[(i % Depth * MaxEdge) + (i / Depth)] = matrix[((long)row * columns) + column];
        }
    }

    private static void StoreQuad(ArrayView<float> target, int start, float v0, float v1, float v2, float v3)
    {
        target[start] = v0;
        target[start + 1] = v1;
        target[start + 2] = v2;
        target[start + 3] = v3;
    }

    /// <summary>Offers a tile's pre-activations to a row's heap; returns how many the heap holds.</summary>
    private static int Offer(
        ArrayView<ulong> keys,
        int capacity,
        int row,
        int count,
        ArrayView<float> preActivations,
        int tileRow,
        ArrayView<int> flags,
        int wantedFlag,
        int firstLatent,
        int edge)
    {
        long start = (long)row * capacity;
        ulong threshold = count < capacity ? 0 : keys[start];
        int latent = 0;
        while (latent < edge)
        {
            // Rows of a warp first walk to their next candidate each, then insert together.
            ulong key = 0;
            while (latent < edge && key <= threshold)
            {
                key = (flags[latent] & wantedFlag) != 0
                    ? TopKHeap.Key(preActivations[(tileRow * Pitch) + latent], firstLatent + latent)
                    : 0;
                latent++;
            }

            if (key > threshold && count == capacity)
            {
                TopKHeap.ReplaceRoot(keys, start, count, key);
            }

            if (key > threshold && count < capacity)
            {
                TopKHeap.Add(keys, start, count, key);
                count++;
            }

            threshold = count < capacity ? 0 : keys[start];
        }

        return count;
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> WEnc;
        public ArrayView<float> BEnc;
        public ArrayView<int> AuxMask;
        public ArrayView<ulong> Keys;
        public ArrayView<ulong> AuxKeys;
        public int Rows;
        public int Latents;
        public int DIn;
        public int K;
        public int AuxK;
        public int Side;
    }
}
