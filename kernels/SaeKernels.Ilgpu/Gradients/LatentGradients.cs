using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   ∂W_dec[j] = Σ v·g, ∂W_enc[j] = Σ dz·x̃, ∂b_enc[j] = Σ dz, squared norms, and Σⱼ ∂b_enc[j] · W_enc[j]
/// Work       entries · (4 · DOut + 2 · DIn) FLOP, and 4 · DSae · DOut for the projection
/// Traffic    4 · entries · (2 · DOut + DIn) + 8 · DSae · (DOut + DIn) bytes → bound by memory
/// Launch     that of EntryGradients and EncoderPath; then groups take latents in turns, threads take columns in turns
/// Shared     1.1 KiB        Barriers  2 a latent
/// Order      entries ascending; columns in a fixed tree; deterministic
/// Error      ∂W_dec: (n + 2) · 2⁻²⁴ · Σ|v·g|, with projection (n / 16 + DOut / 16 + 37) · 2⁻²⁴ · Σ|v·g·w| · |w| more;
///            ∂W_enc: (n + DOut / 16 + 18) · 2⁻²⁴ · Σ|g·w|·|x̃|;
///            norms: ((DIn + DOut) / 128 + 26) · 2⁻²⁴ of themselves more
/// Source     Gao et al. 2024, §2.3; projection: Bricken et al. 2023, appendix
/// </summary>
internal sealed class LatentGradients(KernelDevice device)
{
    private readonly EntryGradients entryGradients = new(device);
    private readonly EncoderPath encoderPath = new(device);
    private readonly Kernel<Parameters> kernel = new(device, StoreRows);

    public void Run(in LatentGradientsArguments arguments)
    {
        LatentEntries entries = LatentEntries.Of(device, arguments.Inputs);
        ArrayView<float> wEnc = device.View(arguments.WEnc);
        ArrayView<float> wDec = device.View(arguments.WDec);
        ArrayView<float> gradBEnc = device.View(arguments.GradBEnc);
        this.entryGradients.Launch(entries, wDec, gradBEnc);
        this.encoderPath.Launch(wEnc, gradBEnc, entries.Latents, entries.DIn, device.View(arguments.EncoderPath));
        Parameters parameters = new()
        {
            Entries = entries,
            WDec = wDec,
            GradBEnc = gradBEnc,
            GradWEnc = arguments.GradWEnc is RealMatrix gradWEnc ? device.View(gradWEnc) : gradBEnc,
            GradWDec = arguments.GradWDec is RealMatrix gradWDec ? device.View(gradWDec) : gradBEnc,
            RowSquaredNorms = device.View(arguments.RowSquaredNorms),
            StoresWEnc = arguments.GradWEnc is null ? 0 : 1,
            StoresWDec = arguments.GradWDec is null ? 0 : 1,
        };
        this.kernel.Launch(device.Groups(entries.Latents), device.GroupSize, parameters);
    }

    private static void StoreRows(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        float auxScale = LatentEntries.AuxScaleOf(p.Entries);
        for (int latent = Grid.IdxX; latent < p.Entries.Latents; latent += Grid.DimX)
        {
            float squares = GroupReduction.Sum(shared, StoreColumns(p, latent, auxScale));
            if (Group.IdxX == 0)
            {
                float bias = p.GradBEnc[latent];
                p.RowSquaredNorms[latent] = Fma(bias, bias, squares);
            }
        }
    }

    private static float StoreColumns(Parameters p, int latent, float auxScale)
    {
        float squares = 0;
        for (int d = Group.IdxX; d < p.Entries.DOut; d += Group.DimX)
        {
            long place = ((long)latent * p.Entries.DOut) + d;
            float gradient = LatentEntries.DecoderGradient(p.Entries, latent, d, auxScale, p.WDec[place]);
            squares = Fma(gradient, gradient, squares);
            if (p.StoresWDec != 0)
            {
                p.GradWDec[place] = gradient;
            }
        }

        for (int d = Group.IdxX; d < p.Entries.DIn; d += Group.DimX)
        {
            float gradient = LatentEntries.EncoderGradient(p.Entries, latent, d);
            squares = Fma(gradient, gradient, squares);
            if (p.StoresWEnc != 0)
            {
                p.GradWEnc[((long)latent * p.Entries.DIn) + d] = gradient;
            }
        }

        return squares;
    }

    internal struct Parameters
    {
        public LatentEntries Entries;
        public ArrayView<float> WDec;
        public ArrayView<float> GradBEnc;
        public ArrayView<float> GradWEnc;
        public ArrayView<float> GradWDec;
        public ArrayView<float> RowSquaredNorms;
        public int StoresWEnc;
        public int StoresWDec;
    }
}
