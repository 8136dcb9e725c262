using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   LatentGradients, then AdamUpdate on W_enc[j], b_enc[j] and W_dec[j], then NormalizeRows on W_dec[j]
/// Work       that of the three
/// Traffic    4 · entries · (2 · DOut + DIn) + 28 · DSae · (DOut + DIn) bytes → bound by memory
/// Launch     that of EntryGradients and EncoderPath; then groups take latents in turns, threads take columns in turns
/// Shared     1.1 KiB        Barriers  6 a latent
/// Order      entries ascending; columns in a fixed tree; deterministic
/// Error      that of the three; the gradient is in float32 before the step
/// Source     Gao et al. 2024, §2.3; Kingma and Ba, ICLR 2015
/// </summary>
internal sealed class UpdateLatents(KernelDevice device)
{
    private readonly EntryGradients entryGradients = new(device);
    private readonly EncoderPath encoderPath = new(device);
    private readonly Kernel<Parameters> kernel = new(device, UpdateRows);

    public void Run(in UpdateLatentsArguments arguments)
    {
        LatentEntries entries = LatentEntries.Of(device, arguments.Inputs);
        ArrayView<float> gradBEnc = device.Scratch.Real("UpdateLatents.GradBEnc", entries.Latents);
        Parameters parameters = new()
        {
            Entries = entries,
            WEnc = AdamView.Of(device, arguments.WEnc),
            BEnc = AdamView.Of(device, arguments.BEnc),
            WDec = AdamView.Of(device, arguments.WDec),
            GradBEnc = gradBEnc,
            RowSquaredNorms = device.View(arguments.RowSquaredNorms),
            Factor = arguments.GradientFactor is ScalarSlot slot ? device.View(slot.Buffer) : gradBEnc,
            HasFactor = arguments.GradientFactor is null ? 0 : 1,
            FactorIndex = arguments.GradientFactor?.Index ?? 0,
            Scalars = AdamScalars.Of(arguments.Step),
            Normalizes = arguments.NormalizeDecoder ? 1 : 0,
        };
        this.entryGradients.Launch(entries, parameters.WDec.Values, gradBEnc);
        ArrayView<float> path = device.View(arguments.EncoderPath);
        this.encoderPath.Launch(parameters.WEnc.Values, gradBEnc, entries.Latents, entries.DIn, path);
        this.kernel.Launch(device.Groups(entries.Latents), device.GroupSize, parameters);
    }

    private static void UpdateRows(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        float auxScale = LatentEntries.AuxScaleOf(p.Entries);
        float factor = 1;
        if (p.HasFactor != 0)
        {
            factor = p.Factor[p.FactorIndex];
        }

        for (int latent = Grid.IdxX; latent < p.Entries.Latents; latent += Grid.DimX)
        {
            float squares = UpdateDecoder(p, latent, auxScale, factor) + UpdateEncoder(p, latent, factor);
            squares = GroupReduction.Sum(shared, squares);
            if (Group.IdxX == 0)
            {
                float gradient = p.GradBEnc[latent];
                p.RowSquaredNorms[latent] = Fma(gradient, gradient, squares);
                AdamView.Apply(p.BEnc, p.Scalars, latent, factor * gradient);
            }

            // PoCL 6 corrupts memory where a barrier is under a condition, even one that is the same for all threads.
            UnitRow.Scale(p.WDec.Values, (long)latent * p.Entries.DOut, p.Entries.DOut, p.Normalizes != 0, shared);
        }
    }

    private static float UpdateDecoder(Parameters p, int latent, float auxScale, float factor)
    {
        float squares = 0;
        for (int d = Group.IdxX; d < p.Entries.DOut; d += Group.DimX)
        {
            long place = ((long)latent * p.Entries.DOut) + d;
            float gradient = LatentEntries.DecoderGradient(p.Entries, latent, d, auxScale, p.WDec.Values[place]);
            squares = Fma(gradient, gradient, squares);
            AdamView.Apply(p.WDec, p.Scalars, place, factor * gradient);
        }

        return squares;
    }

    private static float UpdateEncoder(Parameters p, int latent, float factor)
    {
        float squares = 0;
        for (int d = Group.IdxX; d < p.Entries.DIn; d += Group.DimX)
        {
            float gradient = LatentEntries.EncoderGradient(p.Entries, latent, d);
            squares = Fma(gradient, gradient, squares);
            AdamView.Apply(p.WEnc, p.Scalars, ((long)latent * p.Entries.DIn) + d, factor * gradient);
        }

        return squares;
    }

    internal struct Parameters
    {
        public LatentEntries Entries;
        public AdamView WEnc;
        public AdamView BEnc;
        public AdamView WDec;
        public ArrayView<float> GradBEnc;
        public ArrayView<float> RowSquaredNorms;
        public ArrayView<float> Factor;
        public AdamScalars Scalars;
        public int HasFactor;
        public int FactorIndex;
        public int Normalizes;
    }
}
