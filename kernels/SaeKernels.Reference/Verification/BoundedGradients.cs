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

    /// <summary>Σⱼ ∂b_enc[j] · W_enc[j] over the latents visited so far.</summary>
    public Bounded EncoderPath(int d) => this.encoderPath[d].Total;

    public void Visit(int latent)
    {
        BoundedSum[] wEnc = new BoundedSum[this.WEnc.Length];
        BoundedSum[] wDec = new BoundedSum[this.WDec.Length];
        BoundedSum bEnc = default;
        double magnitudesAlong = 0;
        int first = this.inputs.List.Offsets[latent];
        int end = this.inputs.List.Offsets[latent + 1];
        for (int entry = first; entry < end; entry++)
        {
            Bounded gradLatent = AddToDecoder(latent, entry, wDec, ref magnitudesAlong);
            bEnc.Add(gradLatent);
            int row = this.inputs.List.Rows[entry] % this.batch;
            for (int d = 0; d < wEnc.Length; d++)
            {
                wEnc[d].Add(gradLatent * Bounded.Exact(this.inputs.Input[(row * wEnc.Length) + d]));
            }
        }

        Close(wEnc, this.WEnc);
        Close(wDec, this.WDec);
        this.BEnc = bEnc.Total;
        if (this.inputs.Project)
        {
            Project(latent, end - first, magnitudesAlong);
        }

        AddNormAndPath(latent);
    }

    private Bounded AddToDecoder(int latent, int entry, BoundedSum[] wDec, ref double magnitudesAlong)
    {
        int row = this.inputs.List.Rows[entry];
        Bounded value = Bounded.Exact(this.inputs.List.Values[entry]);
        Bounded scale = row < this.batch
            ? Bounded.Rounded(this.inputs.ResidualScale)
            : Bounded.Exact(this.inputs.AuxResidualScale ?? 0);
        BoundedSum gradLatent = default;
        for (int d = 0; d < wDec.Length; d++)
        {
            double residual = this.inputs.Residuals[((long)row * wDec.Length) + d];
            double weight = this.inputs.WDec[((long)latent * wDec.Length) + d];
            Bounded gradReconstruction = scale * Bounded.Exact(residual);
            gradLatent.Add(gradReconstruction * Bounded.Exact(weight));
            wDec[d].Add(value * gradReconstruction);
            magnitudesAlong += Math.Abs(scale.Value * residual * weight * value.Value);
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
