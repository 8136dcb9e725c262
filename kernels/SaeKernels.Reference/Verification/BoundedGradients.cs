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
        this.Gate = inputs.Gate is GateCase gate ? new BoundedGate(inputs, gate, shape) : null;
    }

    /// <summary>What gates add; null where there are none.</summary>
    public BoundedGate? Gate { get; }

    public Bounded[] WEnc { get; }

    public Bounded[] WDec { get; }

    public Bounded BEnc { get; private set; }

    public Bounded SquaredNorm { get; private set; }

    /// <summary>∂θ of the latent; 0 where there are no thresholds.</summary>
    public Bounded Threshold { get; private set; }

    /// <summary>Σ φ of the latent.</summary>
    public Bounded PenaltySum { get; private set; }

    /// <summary>n · Σ (θ − z) over the rows in which the latent is not active; 0 where it does not pay.</summary>
    public Bounded InactiveSum { get; private set; }

    /// <summary>Σⱼ ∂b_enc[j] · W_enc[j] over the latents visited so far.</summary>
    public Bounded EncoderPath(int d) => this.encoderPath[d].Total;

    public void Visit(int latent)
    {
        BoundedSum[] wEnc = new BoundedSum[this.WEnc.Length];
        BoundedSum[] wDec = new BoundedSum[this.WDec.Length];
        BoundedSum bEnc = default;
        double magnitudesAlong = 0;
        double marginAlong = 0;
        BoundedSum costs = default;
        BoundedSum pulls = default;
        BoundedSum thresholds = default;
        BoundedSum actives = default;
        BoundedSum valuesOfActives = default;
        Bounded weight = Weight(latent);
        BoundedCurve curve = new(this.inputs.Curve);
        Bounded push = (this.inputs.Inactive?.PriceOf(latent) ?? default) * weight;
        int entries = 0;
        this.Gate?.Begin(latent);
        foreach (BoundedEntry entry in this.inputs.EntriesOf(latent))
        {
            entries++;
            if (this.Gate is not null)
            {
                AddGated(this.Gate, entry, wEnc, wDec, ref bEnc, ref costs, ref magnitudesAlong);
                continue;
            }

            Bounded gradLatent = AddToDecoder(latent, entry, wDec, ref magnitudesAlong);
            if (entry.Row < this.batch && this.inputs.PenaltyScale > 0)
            {
                Bounded payments = Bounded.Exact(this.inputs.Payments(latent));
                Bounded slope = payments * curve.Slope(weight * entry.Value);
                Bounded penalty = this.inputs.BoundedPenaltyScale * weight * slope;
                costs.Add(payments * curve.Cost(weight * entry.Value));
                pulls.Add(slope * entry.Value);
                gradLatent += penalty;
                // Where the projection takes the penalty out of dz again, two roundings of it stay.
                magnitudesAlong += 2 * penalty.Magnitude * entry.Value.Magnitude;
            }

            Bounded flow = default;
            if (this.inputs.Jump is JumpCase jump)
            {
                Bounded term = jump.TermOf(latent, gradLatent);
                thresholds.Add(entry.GateNear(term));
                flow = entry.GateNear(jump.Flow(term));
            }

            if (this.inputs.Inactive is not null)
            {
                actives.Add(entry.Gate(Bounded.Exact(1)));
                valuesOfActives.Add(entry.Gate(entry.Value));
                gradLatent += push;
            }

            gradLatent = entry.Gate(gradLatent) + flow;
            bEnc.Add(gradLatent);
            double tiedAlong = AddToEncoder(latent, entry, gradLatent, wEnc);
            magnitudesAlong += gradLatent.Magnitude * tiedAlong;
            marginAlong += gradLatent.Bound * tiedAlong;
        }

        Bounded inactive = Bounded.Exact(this.batch) - actives.Total;
        AddInactiveRows(push, wEnc, ref bEnc);
        Close(wEnc, this.WEnc);
        Close(wDec, this.WDec);
        this.Gate?.End(this.WDec);
        this.BEnc = bEnc.Total;
        this.Threshold = this.inputs.Jump?.Gradient(thresholds.Total, push * inactive) ?? default;
        AddInactivePull(latent, weight, inactive, valuesOfActives.Total);
        this.PenaltySum = costs.Total;
        if (this.inputs.PenaltyScale > 0 && this.Gate is null)
        {
            AddPull(latent, this.inputs.BoundedPenaltyScale * pulls.Total);
        }

        Bounded along = this.inputs.Project ? Along(latent, entries, magnitudesAlong, marginAlong) : default;
        Finish(latent, along);
        AddNormAndPath(latent);
    }

    /// <summary>Adds an entry of a gated latent, whose penalty is on its gate.</summary>
    private void AddGated(
        BoundedGate gate,
        BoundedEntry entry,
        BoundedSum[] wEnc,
        BoundedSum[] wDec,
        ref BoundedSum bEnc,
        ref BoundedSum costs,
        ref double magnitudesAlong)
    {
        Bounded penalty = default;
        if (this.inputs.PenaltyScale > 0)
        {
            BoundedCurve curve = new(this.inputs.Curve);
            penalty = this.inputs.BoundedPenaltyScale * curve.Slope(entry.Value);
            costs.Add(curve.Cost(entry.Value));
        }

        (Bounded ofGate, Bounded ofInput) = gate.Add(entry, penalty, wDec, ref magnitudesAlong);
        bEnc.Add(ofGate);
        for (int d = 0; d < wEnc.Length; d++)
        {
            wEnc[d].Add(ofInput * Bounded.Exact(this.inputs.Input[(entry.Row * wEnc.Length) + d]));
        }
    }

    /// <summary>n of a latent: what a unit of its activation costs, before the scale.</summary>
    private Bounded Weight(int latent)
    {
        if (this.inputs.SiteEnds.Length == 0)
        {
            return Bounded.Exact(1);
        }

        BoundedSum weight = default;
        int first = 0;
        foreach (int end in this.inputs.SiteEnds)
        {
            weight.Add(Norm(latent, first, end));
            first = end;
        }

        return weight.Total;
    }

    private Bounded Norm(int latent, int first, int end)
    {
        BoundedSum squares = default;
        for (int d = first; d < end; d++)
        {
            squares.Add(Bounded.Exact(this.inputs.WDec[((long)latent * this.WDec.Length) + d]).Square());
        }

        return squares.Total.Sqrt();
    }

    /// <summary>Takes what active entries gained in advance off all rows.</summary>
    private void AddInactiveRows(Bounded push, BoundedSum[] wEnc, ref BoundedSum bEnc)
    {
        if (this.inputs.Inactive is null)
        {
            return;
        }

        Bounded loss = Bounded.Exact(0) - push;
        bEnc.Add(loss * Bounded.Exact(this.batch));
        for (int d = 0; d < wEnc.Length; d++)
        {
            wEnc[d].Add(loss * SumOfInput(d));
        }
    }

    /// <summary>Sums θ − z over the rows in which a latent is not active, and adds its pull on the decoder.</summary>
    private void AddInactivePull(int latent, Bounded weight, Bounded rows, Bounded valuesOfActives)
    {
        this.InactiveSum = default;
        if (this.inputs.Inactive?.Pays(latent) != true)
        {
            return;
        }

        Bounded cut = Bounded.Exact(this.inputs.Jump!.CutOf(latent));
        Bounded distance = (cut * rows) - (SumOfPreActivations(latent) - valuesOfActives);
        this.InactiveSum = weight * distance;
        if (this.inputs.PaysByNorm)
        {
            AddPull(latent, this.inputs.Inactive!.PriceOf(latent) * distance);
        }
    }

    private Bounded SumOfInput(int d)
    {
        BoundedSum sum = default;
        for (int row = 0; row < this.batch; row++)
        {
            sum.Add(Bounded.Exact(this.inputs.Input[(row * this.WEnc.Length) + d]));
        }

        return sum.Total;
    }

    private Bounded SumOfPreActivations(int latent)
    {
        BoundedSum sum = default;
        sum.Add(Bounded.Exact(this.batch) * Bounded.Exact(this.inputs.BEnc[latent]));
        for (int d = 0; d < this.WEnc.Length; d++)
        {
            sum.Add(Bounded.Exact(this.inputs.WEnc[((long)latent * this.WEnc.Length) + d]) * SumOfInput(d));
        }

        return sum.Total;
    }

    /// <summary>Adds what pulls each part of a decoder row along itself.</summary>
    private void AddPull(int latent, Bounded pull)
    {
        int first = 0;
        foreach (int end in this.inputs.SiteEnds)
        {
            Bounded factor = pull / Norm(latent, first, end);
            for (int d = first; d < end; d++)
            {
                this.WDec[d] += factor * Bounded.Exact(this.inputs.WDec[((long)latent * this.WDec.Length) + d]);
            }

            first = end;
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

    /// <summary>Adds an entry to the encoder; returns Σ|x · W| where the matrix is tied, else 0.</summary>
    private double AddToEncoder(int latent, BoundedEntry entry, Bounded gradLatent, BoundedSum[] wEnc)
    {
        int row = entry.Row % this.batch;
        double along = 0;
        for (int d = 0; d < wEnc.Length; d++)
        {
            Bounded input = Bounded.Exact(this.inputs.Input[(row * wEnc.Length) + d]);
            wEnc[d].Add(gradLatent * input);
            along += this.inputs.IsTied ? Math.Abs(input.Value * Weight(latent, d)) : 0;
        }

        return along;
    }

    /// <summary>⟨∂W, W⟩, with the encoder's part where the matrix is tied.</summary>
    private Bounded Along(int latent, int entries, double magnitudes, double margin)
    {
        if (entries == 0)
        {
            return default;
        }

        double along = 0;
        for (int d = 0; d < this.WDec.Length; d++)
        {
            double gradient = this.WDec[d].Value + (this.inputs.IsTied ? this.WEnc[d].Value : 0);
            along += gradient * Weight(latent, d);
        }

        // It may be summed over d and then over entries (Σ v·dz), or the other way round. A term takes four roundings,
        // one of the encoder's side two more.
        int terms = entries + this.WDec.Length + (this.inputs.IsTied ? 6 : 3);
        Bounded widened = Bounded.Exact(along).WidenBySum(terms, magnitudes);
        return new Bounded(along, widened.Low - margin, widened.High + margin);
    }

    /// <summary>Projects ∂W_dec, and adds ∂W_enc where the matrix is tied, in whatever order.</summary>
    private void Finish(int latent, Bounded along)
    {
        for (int d = 0; d < this.WDec.Length; d++)
        {
            Bounded taken = along * Bounded.Exact(Weight(latent, d));
            BoundedSum sum = default;
            sum.Add(this.WDec[d]);
            sum.Add(default(Bounded) - taken);
            sum.Add(this.inputs.IsTied ? this.WEnc[d] : default);
            this.WDec[d] = this.inputs.IsTied ? sum.Total : this.WDec[d] - taken;
        }

        if (this.inputs.IsTied)
        {
            this.WDec.CopyTo(this.WEnc, 0);
        }
    }

    private double Weight(int latent, int d) => this.inputs.WDec[((long)latent * this.WDec.Length) + d];

    private void AddNormAndPath(int latent)
    {
        BoundedSum squares = default;
        squares.Add(this.BEnc.Square());
        squares.Add(this.Threshold.Square());
        squares.Add(this.Gate?.GradBias.Square() ?? default);
        squares.Add(this.Gate?.GradLogGain.Square() ?? default);
        Bounded path = this.Gate is null ? this.BEnc : this.BEnc + this.Gate.OfPath;
        foreach (Bounded gradient in this.WDec)
        {
            squares.Add(gradient.Square());
        }

        for (int d = 0; d < this.WEnc.Length; d++)
        {
            squares.Add(this.inputs.IsTied ? default : this.WEnc[d].Square());
            this.encoderPath[d].Add(path * Bounded.Exact(this.inputs.WEnc[((long)latent * this.WEnc.Length) + d]));
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
