using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   n = √(Σⱼ row[j] + ‖∂b_dec‖²) and min(1, MaxNorm / n)
/// Work       6 · DSae + 17 · DOut FLOP
/// Traffic    4 · (DSae + DOut) bytes
/// Launch     threads take latents and outputs in turns; one group for the sums of groups
/// Shared     1.1 KiB        Barriers  2 in each kernel
/// Order      two fixed trees of two-float sums; deterministic
/// Error      2 · 2⁻²⁴ · n + (DSae + DOut)² · 2⁻⁴⁸ · n; the factor 2 · 2⁻²⁴ more
///            (IEEE square root and division on CUDA and CPU; an OpenCL device may add 3 ulp for each)
///            (sae verify allows plain float32 sums of DSae + DOut terms: the errors here are 2e-4 of that at 4608)
/// Source     Pascanu, Mikolov, Bengio 2013, §3.2
/// </summary>
internal sealed class GradientNorm(KernelDevice device)
{
    private const int MostGroups = 128;
    private readonly Kernel<Parameters> sumKernel = new(device, SumSquares);
    private readonly Kernel<Parameters> normKernel = new(device, StoreNorm);

    public void Run(in GradientNormArguments arguments)
    {
        arguments.Validate();
        int groups = Math.Min(device.GroupsOfElements(Math.Max(arguments.Latents, arguments.DOut)), MostGroups);
        Parameters parameters = new()
        {
            RowSquaredNorms = device.View(arguments.RowSquaredNorms),
            GradBDec = device.View(arguments.GradBDec),
            High = device.Scratch.Real("GradientNorm.High", groups),
            Low = device.Scratch.Real("GradientNorm.Low", groups),
            Norm = device.View(arguments.Norm.Buffer),
            NormIndex = arguments.Norm.Index,
            Factor = device.View(arguments.ClipFactor.Buffer),
            FactorIndex = arguments.ClipFactor.Index,
            MaxNorm = (float)arguments.MaxNorm,
            Latents = arguments.Latents,
            DOut = arguments.DOut,
            Groups = groups,
        };
        this.sumKernel.Launch(groups, device.GroupSize, parameters);
        this.normKernel.Launch(1, device.GroupSize, parameters);
    }

    private static void SumSquares(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        int first = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int step = Grid.DimX * Group.DimX;
        TwoFloat sum = default;
        for (int latent = first; latent < p.Latents; latent += step)
        {
            sum = TwoFloat.Add(sum, p.RowSquaredNorms[latent]);
        }

        for (int d = first; d < p.DOut; d += step)
        {
            sum = TwoFloat.AddProduct(sum, p.GradBDec[d], p.GradBDec[d]);
        }

        sum = GroupReduction.Sum(shared, sum);
        if (Group.IdxX == 0)
        {
            p.High[Grid.IdxX] = sum.High;
            p.Low[Grid.IdxX] = sum.Low;
        }
    }

    private static void StoreNorm(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        TwoFloat sum = default;
        for (int group = Group.IdxX; group < p.Groups; group += Group.DimX)
        {
            sum = TwoFloat.Add(sum, new TwoFloat(p.High[group], p.Low[group]));
        }

        sum = GroupReduction.Sum(shared, sum);
        if (Group.IdxX == 0)
        {
            float norm = MathF.Sqrt(TwoFloat.Value(sum));
            float factor = norm == 0 ? 1 : p.MaxNorm / norm;
            p.Norm[p.NormIndex] = norm;
            // A NaN norm must reach the weights, so that a diverged model shows.
            p.Factor[p.FactorIndex] = factor > 1 ? 1 : factor;
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> RowSquaredNorms;
        public ArrayView<float> GradBDec;
        public ArrayView<float> High;
        public ArrayView<float> Low;
        public ArrayView<float> Norm;
        public ArrayView<float> Factor;
        public int NormIndex;
        public int FactorIndex;
        public float MaxNorm;
        public int Latents;
        public int DOut;
        public int Groups;
    }
}
