namespace SaeKernels.Abstractions;

/// <summary>
/// Moving averages of what the visit of a latent changes: a ← β·a + (1 − β)·w, with w as the visit leaves it.
/// </summary>
/// <remarks>
/// They have the bits that <see cref="IComputeBackend.WeightedSum"/> after the visit gives: β and 1 − β are rounded to
/// float32, and then the roundings are those of the sum. Every latent is averaged, also one without entries. NaN stays.
/// Source: Polyak and Juditsky 1992.
/// </remarks>
public readonly record struct RowAverages
{
    /// <summary>
    /// The average of W_enc [DSae, DIn]; updated. The same buffer as <see cref="WDec"/> where both matrices are one.
    /// </summary>
    public required RealBuffer WEnc { get; init; }

    /// <summary>The average of b_enc [DSae]; updated.</summary>
    public required RealBuffer BEnc { get; init; }

    /// <summary>The average of W_dec [DSae, DOut]; updated.</summary>
    public required RealBuffer WDec { get; init; }

    /// <summary>The decay β, from 0 to below 1 in float32.</summary>
    public required double Decay { get; init; }

    internal void Validate(string operation, in UpdateLatentsArguments arguments)
    {
        LatentGradientInputs inputs = arguments.Inputs;
        Shape.Require(
            (float)this.Decay is >= 0 and < 1,
            operation,
            $"Averages.Decay must be from 0 to below 1 in float32, but is {this.Decay}.",
            "Change Averages.Decay.");
        RequireOwn(operation, "Averages.WEnc", this.WEnc, arguments, (long)inputs.Latents * inputs.Input.Columns);
        RequireOwn(operation, "Averages.BEnc", this.BEnc, arguments, inputs.Latents);
        RequireOwn(operation, "Averages.WDec", this.WDec, arguments, (long)inputs.Latents * inputs.Residuals.Columns);
        Shape.Require(
            this.WEnc == this.WDec == inputs.IsTied && this.BEnc != this.WEnc && this.BEnc != this.WDec,
            operation,
            $"Averages must be three buffers, or two where IsTied is {true}, but are {this.WEnc.Name}, "
            + $"{this.BEnc.Name} and {this.WDec.Name} where it is {inputs.IsTied}.",
            "Average each matrix in a buffer of its own.");
    }

    private static void RequireOwn(
        string operation, string member, RealBuffer average, in UpdateLatentsArguments arguments, long length)
    {
        Shape.RequireLength(operation, member, average, length);
        Shape.Require(
            !Holds(arguments.WEnc, average)
                && !Holds(arguments.BEnc, average)
                && !Holds(arguments.WDec, average)
                && average != arguments.RowSquaredNorms
                && average != arguments.EncoderPath,
            operation,
            $"{member} must be a buffer of its own, but is {average.Name}, which the step writes already.",
            "Allocate one.");
    }

    private static bool Holds(AdamParameters parameters, RealBuffer buffer) =>
        buffer == parameters.Values || buffer == parameters.FirstMoment || buffer == parameters.SecondMoment;
}
