using System.Numerics;
using System.Runtime.CompilerServices;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>From pre-activations of gates to magnitudes; a default value where there are no gates.</summary>
internal readonly unsafe struct GateLines
{
    private readonly float* gains;
    private readonly float* shifts;

    /// <summary>Opens gains and shifts.</summary>
    public GateLines(GatedMagnitudes gate)
    {
        this.gains = HostPointers.Of(gate.Gains);
        this.shifts = HostPointers.Of(gate.Shifts);
    }

    /// <summary>Whether there are gates.</summary>
    public bool Exist => this.gains is not null;

    /// <summary>The gain of a latent.</summary>
    public float Gain(int latent) => this.gains[latent];

    /// <summary>The shift of a latent.</summary>
    public float Shift(int latent) => this.shifts[latent];

    /// <summary>The magnitude of a latent; 0 for a gate that is off.</summary>
    public float Of(int latent, float preActivation) =>
        Of(this.gains[latent], this.shifts[latent], preActivation);

    /// <inheritdoc cref="Of(int, float)"/>
    public static float Of(float gain, float shift, float preActivation)
    {
        float magnitude = MathF.FusedMultiplyAdd(gain, preActivation, shift);
        return preActivation <= 0 || magnitude <= 0 ? 0 : magnitude;
    }

    /// <summary>The magnitudes of some latents in a row.</summary>
    /// <param name="gains">Their gains.</param>
    /// <param name="shifts">Their shifts.</param>
    /// <param name="preActivations">The pre-activations of their gates.</param>
    /// <param name="isIdle">All bits of those whose magnitude is 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Of(
        Vector<float> gains, Vector<float> shifts, Vector<float> preActivations, out Vector<int> isIdle)
    {
        Vector<float> magnitudes = Vector.FusedMultiplyAdd(gains, preActivations, shifts);
        isIdle = Vector.LessThanOrEqual(preActivations, Vector<float>.Zero)
            | Vector.LessThanOrEqual(magnitudes, Vector<float>.Zero);
        return Vector.ConditionalSelect(isIdle, Vector<float>.Zero, magnitudes);
    }
}
