using ILGPU;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   Σⱼ ∂b_enc[j] · W_enc[j]: each group's share while it visits latents, then the shares of all groups
/// Work       18 · DSae · DIn FLOP
/// Traffic    16 · DIn bytes a latent with entries, from the cache → bound by the cache
/// Launch     a part of the visits; then, when all groups are done, a group for 16 columns
/// Shared     1.1 KiB        Barriers  2 a group
/// Order      a group's latents ascending, then groups in a fixed tree, all two-float sums; deterministic
/// Error      one rounding of the result + DSae² · 2⁻⁴⁸ · Σ|∂b·w|
/// Source     the chain rule; two-float sums: Ogita, Rump, Oishi 2005
/// </summary>
internal sealed class EncoderPath(KernelDevice device)
{
    private readonly Kernel<Parameters> kernel = new(device, Combine);

    /// <summary>Takes memory for the shares of groups.</summary>
    public ColumnSums.Partials Shares(int groups, int dIn) =>
        ColumnSums.Partials.Of(device, "EncoderPath", groups, dIn);

    /// <summary>Enqueues the sum of all shares.</summary>
    public void Launch(in ColumnSums.Partials shares, ArrayView<float> encoderPath)
    {
        Parameters parameters = new() { Shares = shares, EncoderPath = encoderPath, DIn = shares.Columns };
        this.kernel.Launch(ColumnSums.Partials.Groups(device, shares.Columns), device.GroupSize, parameters);
    }

    /// <summary>Sets this group's share to 0; called in kernels. A thread has the same columns in every call.</summary>
    public static void Clear<TPack>(ColumnSums.Partials shares)
        where TPack : unmanaged, IPack<TPack>
    {
        for (int d = Group.IdxX * TPack.Width; d < shares.Columns; d += Group.DimX * TPack.Width)
        {
            long place = ((long)Grid.IdxX * shares.Columns) + d;
            TPack.Store(shares.High, place, default);
            TPack.Store(shares.Low, place, default);
        }
    }

    /// <summary>Adds a pack of a latent's encoder row, from before its step, to this group's share.</summary>
    public static void Add<TPack>(ColumnSums.Partials shares, int column, float gradBEnc, TPack weights)
        where TPack : unmanaged, IPack<TPack>
    {
        long place = ((long)Grid.IdxX * shares.Columns) + column;
        TPack high = TPack.Load(shares.High, place);
        TPack low = TPack.Load(shares.Low, place);
        TPack terms = TPack.AddScaled(default, gradBEnc, weights);
        low = TPack.Map(new ProductError { Weight = gradBEnc }, weights, terms, low);
        ColumnSums.Add(terms, ref high, ref low);
        TPack.Store(shares.High, place, high);
        TPack.Store(shares.Low, place, low);
    }

    private static void Combine(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        int step = ColumnSums.Partials.ColumnsOfGroup;
        for (int first = Grid.IdxX * step; first < p.DIn; first += Grid.DimX * step)
        {
            TwoFloat sum = ColumnSums.Partials.Total(p.Shares, first, shared);
            int d = first + Group.IdxX;
            if (Group.IdxX < step && d < p.DIn)
            {
                p.EncoderPath[d] = TwoFloat.Value(sum);
            }
        }
    }

    internal struct Parameters
    {
        public ColumnSums.Partials Shares;
        public ArrayView<float> EncoderPath;
        public int DIn;
    }

    /// <summary>Adds the rounding error of weight · a = b to c.</summary>
    private struct ProductError : IPackFunction
    {
        public float Weight;

        public readonly float Of(float a, float b, float c) => c + Fma(this.Weight, a, -b);
    }
}
