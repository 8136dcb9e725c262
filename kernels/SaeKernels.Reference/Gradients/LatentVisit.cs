using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>The gradients of one latent after another, in float64.</summary>
internal sealed unsafe class LatentVisit<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly LatentGradientInputs inputs;
    private readonly RealRows<T> wEnc;
    private readonly RealRows<T> wDec;
    private readonly double auxResidualScale;
    private readonly double penaltyScale;
    private readonly JumpEntries<T>? jump;
    private readonly InactiveRows<T>? inactive;
    private readonly GateEntries<T>? gate;
    private readonly int[] siteEnds;

    public LatentVisit(LatentGradientInputs inputs, RealRows<T> wEnc, RealRows<T> wDec)
    {
        this.inputs = inputs;
        this.wEnc = wEnc;
        this.wDec = wDec;
        this.auxResidualScale = inputs.AuxResidualScale is ScalarSlot slot ? Host.Load<T>(slot) : 0;
        this.penaltyScale = (inputs.Penalty?.Scale ?? 0)
            * (inputs.Penalty?.Factor is ScalarSlot factor ? Host.Load<T>(factor) : 1);
        this.jump = inputs.Threshold is JumpThreshold threshold ? new JumpEntries<T>(threshold) : null;
        this.inactive = inputs.Inactive is null ? null : new InactiveRows<T>(inputs, wEnc);
        this.gate = inputs.Gate is GateGradients gated ? new GateEntries<T>(gated) : null;
        this.GradWEnc = new double[inputs.Input.Columns];
        this.GradWDec = new double[wDec.Columns];
        this.siteEnds = inputs.Penalty?.SiteEnds is IntBuffer ends
            ? new ReadOnlySpan<int>(Host.Ints(ends), inputs.Penalty.Value.Sites).ToArray()
            : [wDec.Columns];
    }

    public double[] GradWEnc { get; }

    public double[] GradWDec { get; }

    public double GradBEnc { get; private set; }

    /// <summary>What W_enc[j] is multiplied with in the encoder's path.</summary>
    public double GradPath { get; private set; }

    public double SquaredNorm { get; private set; }

    public void Visit(int latent)
    {
        Array.Clear(this.GradWEnc);
        Array.Clear(this.GradWDec);
        this.GradBEnc = 0;
        double weight = Weight(latent);
        int shift = BlockOf(latent) * this.inputs.Input.Rows;
        int payments = Payments(latent);
        double cost = 0;
        double pull = 0;
        this.jump?.Begin(latent);
        this.inactive?.Begin();
        this.gate?.Begin(latent);
        foreach ((int row, double value) in Entries(latent))
        {
            double penaltyOfEntry = 0;
            if (this.inputs.Penalty is SparsityPenalty penalty && row < this.inputs.Input.Rows)
            {
                double slope = payments * Curves.Slope(penalty.Curve, weight * value);
                penaltyOfEntry = this.penaltyScale * weight * slope;
                cost += payments * Curves.Of(penalty.Curve, weight * value);
                pull += slope * value;
            }

            if (this.gate is null)
            {
                AddEntry(latent, row, shift, value, penaltyOfEntry);
            }
            else
            {
                AddGatedEntry(this.gate, latent, row, value, penaltyOfEntry);
            }
        }

        AddPenalty(latent, cost, pull);
        double ofInactive = AddInactive(latent, weight);
        for (int d = 0; this.inputs.IsTied && d < this.GradWDec.Length; d++)
        {
            this.GradWDec[d] += this.GradWEnc[d];
        }

        if (this.inputs.ProjectDecoderGradient)
        {
            Project(latent);
        }

        if (this.inputs.IsTied)
        {
            this.GradWDec.CopyTo(this.GradWEnc, 0);
        }

        double gradThreshold = this.jump?.End(ofInactive) ?? 0;
        (double ofPath, double ofMagnitudes) = this.gate?.End() ?? (0, 0);
        this.GradPath = this.GradBEnc + ofPath;
        this.SquaredNorm = (this.GradBEnc * this.GradBEnc)
            + ofMagnitudes
            + (gradThreshold * gradThreshold)
            + (this.inputs.IsTied ? 0 : this.GradWEnc.Sum(gradient => gradient * gradient))
            + this.GradWDec.Sum(gradient => gradient * gradient);
    }

    /// <summary>n of a latent: what a unit of its activation costs, before the scale.</summary>
    private double Weight(int latent)
    {
        if (!(this.inputs.Penalty?.ByDecoderNorm ?? this.inputs.Inactive?.ByDecoderNorm ?? false))
        {
            return 1;
        }

        double weight = 0;
        int first = 0;
        foreach (int end in this.siteEnds)
        {
            weight += Norm(latent, first, end);
            first = end;
        }

        return weight;
    }

    private double Norm(int latent, int first, int end)
    {
        double squares = 0;
        for (int d = first; d < end; d++)
        {
            squares += this.wDec[latent, d] * this.wDec[latent, d];
        }

        return Math.Sqrt(squares);
    }

    private List<(int Row, double Value)> Entries(int latent)
    {
        List<(int, double)> entries = [];
        if (this.inputs.List is LatentMajorList list)
        {
            int* offsets = Host.Ints(list.Offsets);
            for (int entry = offsets[latent]; entry < offsets[latent + 1]; entry++)
            {
                entries.Add((Host.Ints(list.Rows)[entry], Reals<T>.Of(list.Values)[entry]));
            }

            return entries;
        }

        for (int row = 0; row < this.inputs.Input.Rows; row++)
        {
            double preActivation = PreActivation(latent, row);
            if (this.jump is JumpEntries<T> jumps)
            {
                if (jumps.Lists(latent, preActivation, out double value))
                {
                    entries.Add((row, value));
                }
            }
            else if (preActivation > 0 || double.IsNaN(preActivation))
            {
                entries.Add((row, preActivation));
            }
        }

        return entries;
    }

    private double PreActivation(int latent, int row)
    {
        RealRows<T> input = RealRows<T>.Of(this.inputs.Input);
        double sum = Reals<T>.Of(this.inputs.Relu!.Value.BEnc)[latent];
        for (int d = 0; d < input.Columns; d++)
        {
            sum += this.wEnc[latent, d] * input[row, d];
        }

        return Reals<T>.Round(sum);
    }

    /// <summary>The block of residuals that a latent's entries read.</summary>
    private int BlockOf(int latent)
    {
        if (this.inputs.Prefixes is not LatentPrefixes prefixes)
        {
            return 0;
        }

        int group = GroupOf(prefixes, latent);
        return group == prefixes.Count - 1 ? 0 : prefixes.FirstBlock + prefixes.Count - 2 - group;
    }

    /// <summary>How often a latent pays for its activations.</summary>
    private int Payments(int latent) =>
        this.inputs is { Penalty.PerPrefix: true, Prefixes: LatentPrefixes prefixes }
            ? prefixes.Count - GroupOf(prefixes, latent)
            : 1;

    private static int GroupOf(LatentPrefixes prefixes, int latent)
    {
        int group = 0;
        while (latent >= Host.Ints(prefixes.Ends)[prefixes.FirstEnd + group])
        {
            group++;
        }

        return group;
    }

    private void AddEntry(int latent, int row, int shift, double value, double penalty)
    {
        int batch = this.inputs.Input.Rows;
        double scale = row < batch ? this.inputs.ResidualScale : this.auxResidualScale;
        RealRows<T> residuals = RealRows<T>.Of(this.inputs.Residuals);
        int residualRow = row < batch ? row + shift : row;
        double gradLatent = penalty;
        for (int d = 0; d < this.GradWDec.Length; d++)
        {
            double gradReconstruction = scale * residuals[residualRow, d];
            gradLatent += gradReconstruction * this.wDec[latent, d];
            this.GradWDec[d] += value * gradReconstruction;
        }

        if (this.jump is not null)
        {
            double flow = this.jump.Add(value, gradLatent);
            gradLatent = value == 0 ? flow : gradLatent + flow;
        }

        this.inactive?.AddActive(row, value);
        RealRows<T> input = RealRows<T>.Of(this.inputs.Input);
        for (int d = 0; d < this.GradWEnc.Length; d++)
        {
            this.GradWEnc[d] += gradLatent * input[row % batch, d];
        }

        this.GradBEnc += gradLatent;
    }

    private void AddGatedEntry(GateEntries<T> gated, int latent, int row, double value, double penalty)
    {
        RealRows<T> residuals = RealRows<T>.Of(this.inputs.Residuals);
        int below = row + this.inputs.Input.Rows;
        double magnitude = gated.Of(value);
        double ofGate = penalty;
        double ofMagnitude = 0;
        for (int d = 0; d < this.GradWDec.Length; d++)
        {
            double gradReconstruction = this.inputs.ResidualScale * residuals[row, d];
            ofMagnitude += gradReconstruction * this.wDec[latent, d];
            ofGate += this.inputs.ResidualScale * residuals[below, d] * this.wDec[latent, d];
            this.GradWDec[d] += magnitude * gradReconstruction;
        }

        double ofInput = ofGate + gated.Add(magnitude, ofMagnitude);
        RealRows<T> input = RealRows<T>.Of(this.inputs.Input);
        for (int d = 0; d < this.GradWEnc.Length; d++)
        {
            this.GradWEnc[d] += ofInput * input[row, d];
        }

        this.GradBEnc += ofGate;
    }

    /// <summary>Stores what the penalty is, and adds its pull on the decoder row.</summary>
    private void AddPenalty(int latent, double cost, double pull)
    {
        if (this.inputs.Penalty is not SparsityPenalty penalty)
        {
            return;
        }

        Reals<T> sums = Reals<T>.Of(penalty.Sums);
        sums[latent] = cost;
        int first = 0;
        foreach (int end in penalty.ByDecoderNorm ? this.siteEnds : [])
        {
            double norm = Norm(latent, first, end);
            for (int d = first; norm > 0 && d < end; d++)
            {
                this.GradWDec[d] += this.penaltyScale * pull * this.wDec[latent, d] / norm;
            }

            first = end;
        }
    }

    /// <summary>Adds the price of what is not active; returns its gradient by the threshold.</summary>
    private double AddInactive(int latent, double weight)
    {
        if (this.inactive is null)
        {
            return 0;
        }

        InactivePenalty penalty = this.inputs.Inactive!.Value;
        double distance = this.inactive.End(latent, weight, this.jump?.Cut ?? 0);
        double price = this.inactive.Pays(latent) ? penalty.Scale : 0;
        for (int d = 0; d < this.GradWEnc.Length; d++)
        {
            this.GradWEnc[d] -= price * weight * this.inactive.Input(d);
        }

        for (int d = 0; penalty.ByDecoderNorm && weight > 0 && d < this.GradWDec.Length; d++)
        {
            this.GradWDec[d] += price * distance * this.wDec[latent, d] / weight;
        }

        this.GradBEnc -= price * weight * this.inactive.Rows;
        return price * weight * this.inactive.Rows;
    }

    private void Project(int latent)
    {
        double along = 0;
        for (int d = 0; d < this.GradWDec.Length; d++)
        {
            along += this.GradWDec[d] * this.wDec[latent, d];
        }

        for (int d = 0; d < this.GradWDec.Length; d++)
        {
            this.GradWDec[d] -= along * this.wDec[latent, d];
        }
    }
}
