using MathNet.Numerics.Distributions;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>The numbers behind <see cref="SynthSaeBenchSource"/>: how often, how strongly and with whom.</summary>
/// <remarks>
/// Feature i fires where its score g_i = Σ_k F_ik·ε_k + √(1 − ‖F_i‖²)·η_i, a standard normal number, exceeds t_i.
/// Given the shared ε, that has the probability Φ(z_i) with z_i = (F_i·ε − t_i) / √(1 − ‖F_i‖²), independently of all
/// others. Loadings and offsets are F and t over that root.
/// </remarks>
internal sealed class SynthSaeBenchModel
{
    private const double LeastOwnVariance = 0.01;
    private const double DeviationMean = 0.5;
    private const double DeviationSpread = 0.5;

    /// <summary>Draws a model.</summary>
    public SynthSaeBenchModel(ulong seed, SynthSaeBenchOptions options)
    {
        int features = options.Features;
        this.Options = options;
        this.FirstChild = Families(options);
        this.Rates = Compensate(BaseRates(options), this.FirstChild, options.Children);
        this.Strengths = new (float Mean, float Deviation)[features];
        RandomSequence random = new(seed, RandomPurpose.SyntheticTruth, features + 1L);
        for (int feature = 0; feature < features; feature++)
        {
            double place = feature / (features - 1.0);
            this.Strengths[feature] = (
                (float)(options.FirstMean + (place * (options.LastMean - options.FirstMean))),
                (float)Math.Abs(DeviationMean + (DeviationSpread * random.NextNormal())));
        }

        this.Correlations = DrawCorrelations(seed, options);
        (this.Loadings, this.Offsets) = Scale(this.Correlations, this.Rates, options.CorrelationRank);
        this.RootLanes = (options.Roots + AffineForms.Multiple - 1) / AffineForms.Multiple * AffineForms.Multiple;
        this.RootLoadings = new AlignedNumbers((long)this.RootLanes * options.CorrelationRank);
        this.RootOffsets = new AlignedNumbers(this.RootLanes);
        this.RootOffsets.Span.Fill(float.PositiveInfinity);
        ArrangeRoots();
        this.Parents = Array.IndexOf(this.FirstChild, -1);
        this.FamilyLanes = (options.Children + 3) / 4 * 4;
        this.FamilySteps = (options.CorrelationRank + 3) / 4;
        this.FamilyLoadings = new AlignedNumbers((long)this.Parents * this.FamilyLanes * this.FamilySteps * 4);
        this.FamilyOffsets = new float[(long)this.Parents * this.FamilyLanes];
        Array.Fill(this.FamilyOffsets, float.PositiveInfinity);
        ArrangeFamilies();
    }

    /// <summary>The sizes.</summary>
    public SynthSaeBenchOptions Options { get; }

    /// <summary>The first of each feature's children, which follow each other; −1 for none.</summary>
    public int[] FirstChild { get; }

    /// <summary>How often each feature's score passes its threshold, [features].</summary>
    public double[] Rates { get; }

    /// <summary>The mean strength of each feature, and its deviation.</summary>
    public (float Mean, float Deviation)[] Strengths { get; }

    /// <summary>F, [features · rank].</summary>
    public double[] Correlations { get; }

    /// <summary>Features that have children; they come first.</summary>
    public int Parents { get; }

    /// <summary>The children of a parent, and what fills up a multiple of four.</summary>
    public int FamilyLanes { get; }

    /// <summary>The hidden variables in steps of four.</summary>
    public int FamilySteps { get; }

    /// <summary>Loadings of the children, [parents, FamilyLanes / 4, FamilySteps, 4 variables, 4 children].</summary>
    public AlignedNumbers FamilyLoadings { get; }

    /// <summary>Offsets of the children, [parents, FamilyLanes]; +∞ behind the last child.</summary>
    public float[] FamilyOffsets { get; }

    /// <summary>The roots, and what fills up a multiple of <see cref="AffineForms.Multiple"/>.</summary>
    public int RootLanes { get; }

    /// <summary>Loadings of the roots, [rank, RootLanes].</summary>
    public AlignedNumbers RootLoadings { get; }

    /// <summary>Offsets of the roots, [RootLanes]; +∞ behind the last one.</summary>
    public AlignedNumbers RootOffsets { get; }

    /// <summary>F over the root of each feature's own variance, [features · rank].</summary>
    public float[] Loadings { get; }

    /// <summary>t over the same root, [features].</summary>
    public float[] Offsets { get; }

    private static double[] BaseRates(SynthSaeBenchOptions options)
    {
        double least = 1 / Math.Sqrt(options.Features);
        double[] rates = new double[options.Features];
        for (int i = 0; i < rates.Length; i++)
        {
            double place = ((1 / Math.Sqrt(i + 1)) - least) / (1 - least);
            rates[i] = options.LeastRate + ((options.GreatestRate - options.LeastRate) * place);
        }

        return rates;
    }

    private static int[] Families(SynthSaeBenchOptions options)
    {
        int[] firstChild = new int[options.Features];
        Array.Fill(firstChild, -1);
        int first = 0;
        int count = options.Roots;
        for (int level = 0; level < options.Depth; level++)
        {
            for (int i = 0; i < count; i++)
            {
                firstChild[first + i] = first + count + (i * options.Children);
            }

            first += count;
            count *= options.Children;
        }

        return firstChild;
    }

    /// <summary>Raises children's rates for what silent parents and active siblings take from them.</summary>
    private static double[] Compensate(double[] rates, int[] firstChild, int children)
    {
        double[] result = [.. rates];
        for (int parent = 0; parent < rates.Length; parent++)
        {
            if (firstChild[parent] < 0)
            {
                continue;
            }

            ReadOnlySpan<double> group = rates.AsSpan(firstChild[parent], children);
            double all = 0;
            foreach (double rate in group)
            {
                all += rate;
            }

            for (int child = 0; child < children; child++)
            {
                double siblings = (all - group[child]) / rates[parent];
                result[firstChild[parent] + child] = Math.Min(1, group[child] / rates[parent] * (1 + siblings));
            }
        }

        return result;
    }

    private static double[] DrawCorrelations(ulong seed, SynthSaeBenchOptions options)
    {
        int rank = options.CorrelationRank;
        double[] weights = new double[(long)options.Features * rank];
        RandomSequence random = new(seed, RandomPurpose.SyntheticTruth, options.Features + 2L);
        double greatest = 0;
        for (int feature = 0; feature < options.Features; feature++)
        {
            double squares = 0;
            for (int k = 0; k < rank; k++)
            {
                double weight = options.CorrelationScale * random.NextNormal();
                weights[(feature * rank) + k] = weight;
                squares += weight * weight;
            }

            greatest = Math.Max(greatest, squares);
        }

        if (1 - greatest < LeastOwnVariance)
        {
            double factor = Math.Sqrt((1 - LeastOwnVariance) / greatest);
            for (int i = 0; i < weights.Length; i++)
            {
                weights[i] *= factor;
            }
        }

        return weights;
    }

    private static (float[] Loadings, float[] Offsets) Scale(double[] correlations, double[] rates, int rank)
    {
        float[] loadings = new float[correlations.Length];
        float[] offsets = new float[rates.Length];
        for (int feature = 0; feature < rates.Length; feature++)
        {
            ReadOnlySpan<double> weights = correlations.AsSpan(feature * rank, rank);
            double own = 1;
            foreach (double weight in weights)
            {
                own -= weight * weight;
            }

            double scale = 1 / Math.Sqrt(own);
            for (int k = 0; k < rank; k++)
            {
                loadings[(feature * rank) + k] = (float)(weights[k] * scale);
            }

            offsets[feature] = (float)(-Normal.InvCDF(0, 1, rates[feature]) * scale);
        }

        return (loadings, offsets);
    }

    private void ArrangeRoots()
    {
        int rank = this.Options.CorrelationRank;
        for (int root = 0; root < this.Options.Roots; root++)
        {
            this.RootOffsets.Span[root] = this.Offsets[root];
            for (int k = 0; k < rank; k++)
            {
                this.RootLoadings.Span[(k * this.RootLanes) + root] = this.Loadings[(root * rank) + k];
            }
        }
    }

    private void ArrangeFamilies()
    {
        int rank = this.Options.CorrelationRank;
        for (int parent = 0; parent < this.Parents; parent++)
        {
            for (int child = 0; child < this.Options.Children; child++)
            {
                int feature = this.FirstChild[parent] + child;
                this.FamilyOffsets[(parent * this.FamilyLanes) + child] = this.Offsets[feature];
                for (int k = 0; k < rank; k++)
                {
                    int quad = (parent * (this.FamilyLanes / 4)) + (child / 4);
                    this.FamilyLoadings.Span[(((quad * this.FamilySteps * 4) + k) * 4) + (child % 4)] =
                        this.Loadings[(feature * rank) + k];
                }
            }
        }
    }
}
