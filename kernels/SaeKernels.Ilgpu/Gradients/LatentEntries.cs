using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>What kernels see of the entries of all latents, and the gradient of a column of a latent's rows.</summary>
internal struct LatentEntries
{
    public ArrayView<int> Offsets;
    public ArrayView<int> Rows;
    public ArrayView<float> Values;
    public ArrayView<float> Input;
    public ArrayView<float> Residuals;
    public ArrayView<float> AuxScale;

    /// <summary>dz of each entry.</summary>
    public ArrayView<float> GradEntries;

    /// <summary>⟨∂W_dec[j], W_dec[j]⟩ of each latent, 0 where gradients are not projected.</summary>
    public ArrayView<float> Along;
    public float Scale;
    public int HasAux;
    public int AuxScaleIndex;
    public int IsProjected;
    public int Latents;
    public int Batch;
    public int DIn;
    public int DOut;

    public static LatentEntries Of(KernelDevice device, in LatentGradientInputs inputs)
    {
        ArrayView<float> residuals = device.View(inputs.Residuals);
        return new LatentEntries
        {
            Offsets = device.View(inputs.List.Offsets),
            Rows = device.View(inputs.List.Rows),
            Values = device.View(inputs.List.Values),
            Input = device.View(inputs.Input),
            Residuals = residuals,
            AuxScale = inputs.AuxResidualScale is ScalarSlot slot ? device.View(slot.Buffer) : residuals,
            GradEntries = device.Scratch.Real("LatentEntries.GradEntries", inputs.List.Capacity),
            Along = device.Scratch.Real("LatentEntries.Along", inputs.List.Latents),
            Scale = (float)inputs.ResidualScale,
            HasAux = inputs.AuxResidualScale is null ? 0 : 1,
            AuxScaleIndex = inputs.AuxResidualScale?.Index ?? 0,
            IsProjected = inputs.ProjectDecoderGradient ? 1 : 0,
            Latents = inputs.List.Latents,
            Batch = inputs.Input.Rows,
            DIn = inputs.Input.Columns,
            DOut = inputs.Residuals.Columns,
        };
    }

    /// <summary>Returns the factor from auxiliary residuals to their gradient, 0 where there are none.</summary>
    public static float AuxScaleOf(LatentEntries entries)
    {
        float scale = 0;
        if (entries.HasAux != 0)
        {
            scale = entries.AuxScale[entries.AuxScaleIndex];
        }

        return scale;
    }

    /// <summary>Returns ∂W_dec[latent, column], projected where asked; entries ascend.</summary>
    public static float DecoderGradient(LatentEntries entries, int latent, int column, float auxScale, float weight)
    {
        float sum = 0;
        int end = entries.Offsets[latent + 1];
        for (int entry = entries.Offsets[latent]; entry < end; entry++)
        {
            int row = entries.Rows[entry];
            float factor = entries.Values[entry] * (row < entries.Batch ? entries.Scale : auxScale);
            sum = Fma(factor, entries.Residuals[((long)row * entries.DOut) + column], sum);
        }

        return entries.IsProjected != 0 ? Fma(-entries.Along[latent], weight, sum) : sum;
    }

    /// <summary>Returns ∂W_enc[latent, column]; entries ascend.</summary>
    public static float EncoderGradient(LatentEntries entries, int latent, int column)
    {
        float sum = 0;
        int end = entries.Offsets[latent + 1];
        for (int entry = entries.Offsets[latent]; entry < end; entry++)
        {
            int row = entries.Rows[entry];
            row = row < entries.Batch ? row : row - entries.Batch;
            sum = Fma(entries.GradEntries[entry], entries.Input[((long)row * entries.DIn) + column], sum);
        }

        return sum;
    }
}
