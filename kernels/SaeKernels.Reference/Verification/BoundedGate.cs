namespace SaeKernels.Reference;

/// <summary>What gates add to the gradients of one latent after another, with the bounds of a float32 computation.
/// </summary>
internal sealed class BoundedGate(GradientCase inputs, GateCase gate, VerificationShape shape)
{
    private int latent;
    private BoundedSum gradBias;
    private BoundedSum along;

    /// <summary>∂b_mag of the latent.</summary>
    public Bounded GradBias { get; private set; }

    /// <summary>∂r of the latent.</summary>
    public Bounded GradLogGain { get; private set; }

    /// <summary>What ∂b_enc gains in the encoder's path.</summary>
    public Bounded OfPath => gate.GainOf(this.latent) * this.GradBias;

    public void Begin(int ofLatent)
    {
        this.latent = ofLatent;
        this.gradBias = default;
        this.along = default;
    }

    /// <summary>Adds an entry.</summary>
    /// <param name="entry">The gate that is on.</param>
    /// <param name="penalty">What its gradient gains.</param>
    /// <param name="wDec">The sums of ∂W_dec.</param>
    /// <param name="magnitudesAlong">Grows by the magnitudes of the terms of ⟨∂W_dec, W_dec⟩.</param>
    /// <returns>The gradients by its pre-activation, without and with what comes from the magnitude.</returns>
    public (Bounded OfGate, Bounded OfInput) Add(
        BoundedEntry entry, Bounded penalty, BoundedSum[] wDec, ref double magnitudesAlong)
    {
        Bounded magnitude = gate.MagnitudeOf(this.latent, entry.Value);
        Bounded scale = Bounded.Rounded(inputs.ResidualScale);
        BoundedSum ofMagnitude = default;
        BoundedSum ofGate = default;
        for (int d = 0; d < wDec.Length; d++)
        {
            double weight = inputs.WDec[((long)this.latent * wDec.Length) + d];
            Bounded residual = Bounded.Exact(inputs.Residuals[((long)entry.Row * wDec.Length) + d]);
            long below = ((long)(entry.Row + shape.Batch) * wDec.Length) + d;
            Bounded gradReconstruction = scale * residual;
            ofMagnitude.Add(gradReconstruction * Bounded.Exact(weight));
            ofGate.Add(scale * Bounded.Exact(inputs.Residuals[below]) * Bounded.Exact(weight));
            wDec[d].Add(magnitude * gradReconstruction);
            magnitudesAlong += Math.Abs(scale.Value * residual.Value * weight * magnitude.Magnitude);
        }

        bool isCertain = magnitude.Low > 0 || magnitude.High <= 0;
        BoundedEntry open = new(entry.Row, magnitude, IsActive: magnitude.Value > 0, isCertain);
        Bounded gradMagnitude = open.Gate(ofMagnitude.Total);
        this.gradBias.Add(gradMagnitude);
        this.along.Add(magnitude * gradMagnitude);
        Bounded gradGate = entry.Gate(ofGate.Total + penalty);
        return (gradGate, gradGate + (gate.GainOf(this.latent) * gradMagnitude));
    }

    /// <summary>Ends a latent; ∂r may come from entries, or from the latent's row.</summary>
    /// <param name="wDec">∂W_dec before a projection.</param>
    public void End(Bounded[] wDec)
    {
        BoundedSum ofRow = default;
        for (int d = 0; d < wDec.Length; d++)
        {
            ofRow.Add(wDec[d] * Bounded.Exact(inputs.WDec[((long)this.latent * wDec.Length) + d]));
        }

        this.GradBias = this.gradBias.Total;
        Bounded ofBias = gate.BiasOf(this.latent) * this.GradBias;
        Bounded byEntries = this.along.Total - ofBias;
        Bounded byRow = ofRow.Total - ofBias;
        this.GradLogGain = new Bounded(
            byEntries.Value, Math.Min(byEntries.Low, byRow.Low), Math.Max(byEntries.High, byRow.High));
    }
}
