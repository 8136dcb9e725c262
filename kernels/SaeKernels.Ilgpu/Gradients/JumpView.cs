using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>Thresholds of a list's latents, as kernels see them.</summary>
internal struct JumpView
{
    private ArrayView<float> thresholds;
    private ArrayView<float> l0;
    private float halfWidth;
    private float stepScalePerL0;
    private int hasL0;
    private int flows;

    /// <summary>Whether there are thresholds.</summary>
    public int Exists;

    /// <summary>The width of the rectangle.</summary>
    public float Bandwidth;

    /// <summary>The derivative of the loss by the number of active entries; whole after <see cref="Load"/>.</summary>
    public float StepScale;

    /// <summary>What the pre-activations of the latent that is visited must exceed to be active.</summary>
    public float Cut;

    public static JumpView Of(KernelDevice device, in LatentGradientInputs inputs, EntryList list)
    {
        if (inputs.Threshold is not JumpThreshold threshold)
        {
            return new JumpView { thresholds = list.Values, l0 = list.Values };
        }

        ArrayView<float> thresholds = list.RowsOf(device.View(threshold.Values), 1);
        return new JumpView
        {
            thresholds = thresholds,
            l0 = threshold.L0 is ScalarSlot slot ? device.View(slot.Buffer).SubView(slot.Index, 1) : thresholds,
            hasL0 = threshold.L0 is null ? 0 : 1,
            halfWidth = (float)(threshold.Bandwidth / 2),
            stepScalePerL0 = (float)threshold.StepScalePerL0,
            flows = threshold.FlowsToInput ? 1 : 0,
            Exists = 1,
            Bandwidth = (float)threshold.Bandwidth,
            StepScale = (float)threshold.StepScale,
        };
    }

    /// <summary>Reads what is the same for all latents; called in kernels, once.</summary>
    public static JumpView Load(JumpView jump)
    {
        if (jump.hasL0 != 0)
        {
            jump.StepScale = FusedMultiplyAdd.Fma(jump.stepScalePerL0, jump.l0[0], jump.StepScale);
        }

        return jump;
    }

    /// <summary>Reads the threshold of a latent; called in kernels.</summary>
    public static float CutOf(JumpView jump, int latent)
    {
        float cut = 0;
        if (jump.Exists != 0)
        {
            cut = JumpGradients.CutOf(jump.thresholds[latent]);
        }

        return cut;
    }

    /// <summary>Whether the value of an entry of the latent is near its threshold.</summary>
    public static bool IsNear(JumpView jump, float value) => value < jump.Cut + jump.halfWidth;

    /// <summary>What the gradient of a pre-activation gains where its value has a gradient.</summary>
    public static float Flow(JumpView jump, float value, float gradient) => jump.flows != 0 && IsNear(jump, value)
        ? ((jump.Cut * gradient) + jump.StepScale) / jump.Bandwidth
        : 0f;
}
