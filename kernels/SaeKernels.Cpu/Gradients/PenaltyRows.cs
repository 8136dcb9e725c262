using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// What activations cost, and what that adds to their gradient; a default value where they cost nothing.
/// </summary>
internal readonly unsafe struct PenaltyRows
{
    private readonly float* sums;
    private readonly float scale;
    private readonly PenaltyCurveKind kind;
    private readonly float parameter;
    private readonly float offset;
    private readonly float atZero;
    private readonly int* siteEnds;
    private readonly int sites;

    /// <summary>Opens a penalty.</summary>
    public PenaltyRows(SparsityPenalty penalty)
    {
        this.sums = HostPointers.Of(penalty.Sums);
        float factor = penalty.Factor is ScalarSlot slot ? *HostPointers.Of(slot) : 1;
        this.scale = (float)(penalty.Scale * factor);
        this.IsByNorm = penalty.ByDecoderNorm;
        this.kind = penalty.Curve.Kind;
        this.parameter = (float)penalty.Curve.Parameter;
        this.offset = (float)penalty.Curve.Offset;
        this.atZero = (float)Math.Pow(penalty.Curve.Offset, penalty.Curve.Parameter);
        this.siteEnds = penalty.SiteEnds is null ? null : HostPointers.Of(penalty.SiteEnds);
        this.sites = penalty.SiteEnds is null ? 0 : penalty.Sites;
    }

    /// <summary>Whether latents pay for being active.</summary>
    public bool Exists => this.sums is not null;

    /// <summary>Whether they pay by the length of their decoder row.</summary>
    public bool IsByNorm { get; }

    /// <summary>Whether they pay by the lengths of its parts.</summary>
    public bool HasSites => this.sites > 0;

    /// <summary>Whether every unit of an activation costs the same.</summary>
    public bool IsLinear => this.kind == PenaltyCurveKind.Linear;

    /// <summary>n of a latent that pays by the lengths of its decoder row's parts.</summary>
    /// <param name="direction">Its decoder row.</param>
    public float WeightOf(float* direction)
    {
        double weight = 0;
        for (int site = 0; site < this.sites; site++)
        {
            weight += NormOf(direction, site);
        }

        return (float)weight;
    }

    /// <summary>What it adds to the gradient of an entry, for a unit of φ′.</summary>
    /// <param name="weight">n of the latent.</param>
    public float OfUnit(float weight) => this.scale * weight;

    /// <summary>Adds an entry to a latent's sums, and returns what its gradient gains.</summary>
    /// <param name="weight">n of the latent.</param>
    /// <param name="ofUnit"><see cref="OfUnit"/> of it.</param>
    /// <param name="value">The activation.</param>
    /// <param name="total">The latent's sums.</param>
    public float Add(float weight, float ofUnit, float value, ref PenaltySums total)
    {
        if (this.IsLinear)
        {
            total.Pull += value;
            return ofUnit;
        }

        float slope = Slope(weight * value, out float cost);
        total.Cost += cost;
        total.Pull += slope * value;
        return ofUnit * slope;
    }

    /// <summary>Returns φ′ of some numbers, none of them negative, and φ.</summary>
    public Vector<float> Slope(Vector<float> u, out Vector<float> cost)
    {
        Vector<float> one = Vector<float>.One;
        if (this.kind == PenaltyCurveKind.Power)
        {
            Vector<float> shifted = u + new Vector<float>(this.offset);
            Vector<float> power = Vector.Exp((this.parameter - 1) * Vector.Log(shifted));
            cost = (shifted * power) - new Vector<float>(this.atZero);
            return this.parameter * power;
        }

        Vector<float> e = Vector.Exp(-2 * this.parameter * u);
        Vector<float> inverse = one / (one + e);
        cost = (one - e) * inverse;
        return 4 * this.parameter * e * inverse * inverse;
    }

    /// <summary>Stores what a latent costs; returns its pull on its decoder row, a factor on that row.</summary>
    /// <param name="latent">The latent.</param>
    /// <param name="weight">n of it.</param>
    /// <param name="total">The sums over its entries.</param>
    public float Finish(int latent, float weight, PenaltySums total)
    {
        if (!this.Exists)
        {
            return 0;
        }

        this.sums[latent] = this.IsLinear ? weight * total.Pull : total.Cost;
        return this.IsByNorm && !this.HasSites && weight > 0 ? this.scale * total.Pull / weight : 0;
    }

    /// <summary>Adds the pull on each part of a decoder row along itself; nothing for a part of zeros.</summary>
    /// <param name="total">The sums over the latent's entries.</param>
    /// <param name="direction">Its decoder row.</param>
    /// <param name="gradWDec">Its gradient.</param>
    public void PullSites(PenaltySums total, float* direction, float* gradWDec)
    {
        for (int site = 0; site < this.sites; site++)
        {
            float norm = (float)NormOf(direction, site);
            if (norm > 0)
            {
                int start = StartOf(site);
                Rows.AddScaled(
                    gradWDec + start, this.scale * total.Pull / norm, direction + start, this.siteEnds[site] - start);
            }
        }
    }

    private int StartOf(int site) => site == 0 ? 0 : this.siteEnds[site - 1];

    private double NormOf(float* direction, int site) =>
        Math.Sqrt(Rows.SumOfSquares(direction + StartOf(site), this.siteEnds[site] - StartOf(site)));

    private float Slope(float u, out float cost)
    {
        if (this.kind == PenaltyCurveKind.Power)
        {
            float shifted = u + this.offset;
            float power = MathF.Pow(shifted, this.parameter - 1);
            cost = (shifted * power) - this.atZero;
            return this.parameter * power;
        }

        float e = MathF.Exp(-2 * this.parameter * u);
        float inverse = 1 / (1 + e);
        cost = (1 - e) * inverse;
        return 4 * this.parameter * e * inverse * inverse;
    }
}

/// <summary>What the entries of a latent add up to for a penalty.</summary>
internal struct PenaltySums
{
    /// <summary>Σ φ; not added up where the penalty is linear.</summary>
    public float Cost;

    /// <summary>Σ v · φ′.</summary>
    public float Pull;
}
