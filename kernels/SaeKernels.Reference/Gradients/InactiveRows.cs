using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>The rows in which a latent is not active, latent after latent: all rows less its active entries.</summary>
internal sealed unsafe class InactiveRows<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly LatentGradientInputs inputs;
    private readonly InactivePenalty penalty;
    private readonly RealRows<T> wEnc;
    private readonly double[] ofAll;
    private readonly double[] ofActive;
    private double valuesOfActive;

    public InactiveRows(LatentGradientInputs inputs, RealRows<T> wEnc)
    {
        this.inputs = inputs;
        this.penalty = inputs.Inactive!.Value;
        this.wEnc = wEnc;
        this.ofAll = new double[inputs.Input.Columns];
        this.ofActive = new double[inputs.Input.Columns];
        for (int row = 0; row < inputs.Input.Rows; row++)
        {
            Add(row, this.ofAll);
        }
    }

    /// <summary>How many rows these are.</summary>
    public int Rows { get; private set; }

    /// <summary>Whether a latent pays for them.</summary>
    public bool Pays(int latent) => this.penalty.Mask is null || Host.Ints(this.penalty.Mask)[latent] != 0;

    /// <summary>Begins a latent.</summary>
    public void Begin()
    {
        Array.Clear(this.ofActive);
        this.valuesOfActive = 0;
        this.Rows = this.inputs.Input.Rows;
    }

    /// <summary>Takes a row out where an entry is active.</summary>
    public void AddActive(int row, double value)
    {
        if (value != 0)
        {
            Add(row, this.ofActive);
            this.valuesOfActive += value;
            this.Rows--;
        }
    }

    /// <summary>Σ x̃ of the rows.</summary>
    public double Input(int d) => this.ofAll[d] - this.ofActive[d];

    /// <summary>Stores what the latent pays, before the scale; returns Σ (θ − z) of the rows.</summary>
    public double End(int latent, double weight, double cut)
    {
        double preActivations = this.inputs.Input.Rows * Reals<T>.Of(this.penalty.BEnc)[latent];
        for (int d = 0; d < this.ofAll.Length; d++)
        {
            preActivations += this.wEnc[latent, d] * this.ofAll[d];
        }

        double distance = (this.Rows * cut) - (preActivations - this.valuesOfActive);
        Reals<T> sums = Reals<T>.Of(this.penalty.Sums);
        sums[latent] = Pays(latent) ? weight * distance : 0;
        return distance;
    }

    private void Add(int row, double[] sums)
    {
        RealRows<T> input = RealRows<T>.Of(this.inputs.Input);
        for (int d = 0; d < sums.Length; d++)
        {
            sums[d] += input[row, d];
        }
    }
}
