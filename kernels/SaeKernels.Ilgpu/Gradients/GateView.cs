using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>The magnitudes of a list's gated latents, as kernels see them.</summary>
internal struct GateView
{
    private ArrayView<float> gains;
    private ArrayView<float> shifts;
    private ArrayView<float> biases;
    private ArrayView<float> gradBiases;
    private ArrayView<float> gradLogGains;

    /// <summary>How often entries are visited: for magnitudes, and for their gates where there are such.</summary>
    public int Passes;

    /// <summary>Which of these visits it is.</summary>
    public int Pass;

    /// <summary>The gain of the latent that is visited.</summary>
    public float Gain;

    /// <summary>The shift of the latent that is visited.</summary>
    public float Shift;

    public static GateView Of(KernelDevice device, in LatentGradientInputs inputs, EntryList list)
    {
        if (inputs.Gate is not GateGradients gate)
        {
            ArrayView<float> none = list.Values;
            return new GateView
            {
                gains = none,
                shifts = none,
                biases = none,
                gradBiases = none,
                gradLogGains = none,
                Passes = 1,
            };
        }

        return new GateView
        {
            gains = list.RowsOf(device.View(gate.Magnitudes.Gains), 1),
            shifts = list.RowsOf(device.View(gate.Magnitudes.Shifts), 1),
            biases = list.RowsOf(device.View(gate.Biases), 1),
            gradBiases = list.RowsOf(device.View(gate.GradBiases), 1),
            gradLogGains = list.RowsOf(device.View(gate.GradLogGains), 1),
            Passes = 2,
        };
    }

    /// <summary>Whether latents have gates; called in kernels, as all that follows.</summary>
    public static bool Exists(GateView gate) => gate.Passes > 1;

    /// <summary>Reads what belongs to a latent.</summary>
    public static GateView At(GateView gate, int latent)
    {
        if (Exists(gate))
        {
            gate.Gain = gate.gains[latent];
            gate.Shift = gate.shifts[latent];
        }

        return gate;
    }

    /// <summary>The magnitude of an entry of the latent that is visited; its value where there are no gates.</summary>
    public static float ValueOf(GateView gate, float value) =>
        Exists(gate) ? Of(gate.Gain, gate.Shift, value) : value;

    /// <summary>The magnitude of a latent from the pre-activation of its gate; 0 for a gate that is off.</summary>
    public static float Of(float gain, float shift, float preActivation)
    {
        float magnitude = FusedMultiplyAdd.Fma(gain, preActivation, shift);
        bool isIdle = preActivation <= 0 || magnitude <= 0;
        return isIdle ? 0f : magnitude;
    }

    /// <summary>Stores ∂b_mag and ∂r of a latent; returns the sum of their squares.</summary>
    /// <remarks>∂r = Σ dm · (f − b_mag).</remarks>
    /// <param name="gate">The latents.</param>
    /// <param name="latent">The latent.</param>
    /// <param name="gradBias">Σ dm.</param>
    /// <param name="along">Σ f · dm.</param>
    public static float Store(GateView gate, int latent, float gradBias, float along)
    {
        float squares = 0;
        if (Exists(gate))
        {
            float gradLogGain = FusedMultiplyAdd.Fma(-gate.biases[latent], gradBias, along);
            squares = FusedMultiplyAdd.Fma(gradLogGain, gradLogGain, gradBias * gradBias);
            if (Group.IdxX == 0)
            {
                gate.gradBiases[latent] = gradBias;
                gate.gradLogGains[latent] = gradLogGain;
            }
        }

        return squares;
    }
}
