namespace SaeKernels.Reference;

/// <summary>The gradients of one latent after another, with the bounds of a float32 computation.</summary>
internal sealed class BoundedGradients
{
    private readonly GradientCase inputs;
    private readonly int batch;
    private readonly BoundedSum[] encoderPath;

    public BoundedGradients(GradientCase inputs, VerificationShape shape)
    {
        this.inputs = inputs;
        this.batch = shape.Batch;
        this.encoderPath = new BoundedSum[shape.DIn];
        this.WEnc = new Bounded[shape.DIn];
        this.WDec = new Bounded[shape.DOut];
    }

    public Bounded[] WEnc { get; }

    public Bounded[] WDec { get; }

    public Bounded BEnc { get; private set; }

    public Bounded SquaredNorm { get; private set; }

    /// <summary>∂θ of the latent; 0 where there are no thresholds.</summary>
    public Bounded Threshold { get; private set; }

    /// <summary>n · Σ v of the latent.</summary>
    public Bounded PenaltySum { get; private set; }

    /// <summary>Σⱼ ∂b_enc[j] · W_enc[j] over the latents visited so far.</summary>
    public Bounded EncoderPath(int d) => this.encoderPath[d].Total;

    public void Visit(int latent)
    {
        BoundedSum[] wEnc = new BoundedSum[this.WEnc.Length];
        BoundedSum[] wDec = new BoundedSum[this.WDec.Length];
        BoundedSum bEnc = default;
        double magnitudesAlong = 0;
        BoundedSum values = default;
        BoundedSum thresholds = default;
        Bounded weight = Weight(latent);
        Bounded penalty = this.inputs.BoundedPenaltyScale * weight;
        int entries = 0;
        foreach (BoundedEntry entry in this.inputs.EntriesOf(latent))
        {
            entries++;
            Bounded gradLatent = AddToDecoder(latent, entry, wDec, ref magnitudesAlong);
            if (entry.Row < this.batch && this.inputs.PenaltyScale > 0)
            {
                values.Add(entry.Value);
                gradLatent += penalty;
                // Where the projection takes the penalty out of dz again, two roundings of it stay.
                magnitudesAlong += 2 * penalty.Magnitude * entry.Value.Magnitude;
            }

            if (this.inputs.Jump is JumpCase jump)
            {
                thresholds.Add(entry.GateNear(jump.TermOf(latent, gradLatent)));
            }

            gradLatent = entry.Gate(gradLatent);
            bEnc.Add(gradLatent);
            int row = entry.Row % this.batch;
            for (int d = 0; d < wEnc.Length; d++)
            {
                wEnc[d].Add(gradLatent * Bounded.Exact(this.inputs.Input[(row * wEnc.Length) + d]));
            }
        }

        Close(wEnc, this.WEnc);
        Close(wDec, this.WDec);
        this.BEnc = bEnc.Total;
        this.Threshold = this.inputs.Jump?.Gradient(thresholds.Total) ?? default;
        this.PenaltySum = weight * values.Total;
        if (this.inputs.Penalty == PenaltyKind.ByDecoderNorm)
        {
            AddPenalty(latent, this.inputs.BoundedPenaltyScale * values.Total / weight);
        }

        if (this.inputs.Project)
        {
            Project(latent, entries, magnitudesAlong);
        }

        AddNormAndPath(latent);
    }

    /// <summary>n of a latent: what a unit of its activation costs, before the scale.</summary>
    private Bounded Weight(int latent)
    {
        if (this.inputs.Penalty != PenaltyKind.ByDecoderNorm)
        {
            return Bounded.Exact(1);
        }

        BoundedSum squares = default;
        for (int d = 0; d < this.WDec.Length; d++)
        {
            squares.Add(Bounded.Exact(this.inputs.WDec[((long)latent * this.WDec.Length) + d]).Square());
        }

        return squares.Total.Sqrt();
    }

    private void AddPenalty(int latent, Bounded factor)
    {
        for (int d = 0; d < this.WDec.Length; d++)
        {
            this.WDec[d] += factor * Bounded.Exact(this.inputs.WDec[((long)latent * this.WDec.Length) + d]);
        }
    }

    private Bounded AddToDecoder(int latent, BoundedEntry entry, BoundedSum[] wDec, ref double magnitudesAlong)
    {
        int row = entry.Row;
        Bounded value = entry.Value;
        Bounded scale = row < this.batch
            ? Bounded.Rounded(this.inputs.ResidualScale)
            : Bounded.Exact(this.inputs.AuxResidualScale ?? 0);
        int residualRow = this.inputs.ResidualRow(latent, row);
        BoundedSum gradLatent = default;
        for (int d = 0; d < wDec.Length; d++)
        {
            double residual = this.inputs.Residuals[((long)residualRow * wDec.Length) + d];
            double weight = this.inputs.WDec[((long)latent * wDec.Length) + d];
            Bounded gradReconstruction = scale * Bounded.Exact(residual);
            gradLatent.Add(gradReconstruction * Bounded.Exact(weight));
            wDec[d].Add(value * gradReconstruction);
            magnitudesAlong += Math.Abs(scale.Value * residual * weight * value.Magnitude);
        }

        return gradLatent.Total;
    }

    private void Project(int latent, int entries, double magnitudes)
    {
        double along = 0;
        for (int d = 0; d < this.WDec.Length; d++)
        {
            along += this.WDec[d].Value * this.inputs.WDec[((long)latent * this.WDec.Length) + d];
        }

        // ⟨∂, W⟩ may be summed over d and then over entries (Σ v·dz), or the other way round.
        // A term takes four roundings.
        Bounded alongBounded = entries == 0
            ? default
            : Bounded.Exact(along).WidenBySum(entries + this.WDec.Length + 3, magnitudes);
        for (int d = 0; d < this.WDec.Length; d++)
        {
            this.WDec[d] -= alongBounded * Bounded.Exact(this.inputs.WDec[((long)latent * this.WDec.Length) + d]);
        }
    }

    private void AddNormAndPath(int latent)
    {
        BoundedSum squares = default;
        squares.Add(this.BEnc.Square());
        squares.Add(this.Threshold.Square());
        foreach (Bounded gradient in this.WDec)
        {
            squares.Add(gradient.Square());
        }

        for (int d = 0; d < this.WEnc.Length; d++)
        {
            squares.Add(this.WEnc[d].Square());
            this.encoderPath[d].Add(this.BEnc * Bounded.Exact(this.inputs.WEnc[((long)latent * this.WEnc.Length) + d]));
        }

        this.SquaredNorm = squares.Total;
    }

    private static void Close(BoundedSum[] sums, Bounded[] totals)
    {
        for (int d = 0; d < sums.Length; d++)
        {
            totals[d] = sums[d].Total;
        }
    }
}
