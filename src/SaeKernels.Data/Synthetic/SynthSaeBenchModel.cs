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
    /// <summary>Features whose z is computed together.</summary>
    public const int Block = Groups * Group;

    /// <summary>Groups of a block: lane l of a block belongs to group l mod Groups.</summary>
    public const int Groups = 32;

    /// <summary>Features of a group; they follow each other, so their rates are similar.</summary>
    public const int Group = 8;

    private const double LeastOwnVariance = 0.01;
    private const double DeviationMean = 0.5;
    private const double DeviationSpread = 0.5;

    // F and t over the root of each feature's own variance, [features, rank] and [features].
    private readonly float[] loadings;
    private readonly float[] offsets;

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
        (this.loadings, this.offsets) = Scale(this.Correlations, this.Rates, options.CorrelationRank);
        this.RootLanes = (options.Roots + AffineForms.Multiple - 1) / AffineForms.Multiple * AffineForms.Multiple;
        this.RootLoadings = new AlignedNumbers((long)this.RootLanes * options.CorrelationRank);
        this.RootOffsets = new AlignedNumbers(this.RootLanes);
        this.RootOffsets.Span.Fill(float.PositiveInfinity);
        ArrangeRoots();
        int[] heads = [.. Enumerable.Range((int)options.FamilyFeatures, features - (int)options.FamilyFeatures)];
        int blocks = (heads.Length + Block - 1) / Block;
        this.BlockHeads = new int[blocks * Block];
        this.BlockLoadings = new AlignedNumbers((long)blocks * options.CorrelationRank * Block);
        this.BlockOffsets = new AlignedNumbers((long)blocks * Block);
        Array.Fill(this.BlockHeads, -1);
        this.BlockOffsets.Span.Fill(float.PositiveInfinity);
        Arrange(heads);
        this.Parents = Array.IndexOf(this.FirstChild, -1);
        this.FamilyLanes = (options.Children + 3) / 4 * 4;
        this.FamilyLoadings = new AlignedNumbers((long)this.Parents * options.CorrelationRank * this.FamilyLanes);
        this.FamilyOffsets = new float[(long)this.Parents * this.FamilyLanes];
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

    /// <summary>Loadings of the children, [parents, rank, FamilyLanes].</summary>
    public AlignedNumbers FamilyLoadings { get; }

    /// <summary>Offsets of the children, [parents, FamilyLanes].</summary>
    public float[] FamilyOffsets { get; }

    /// <summary>The roots, and what fills up a multiple of <see cref="AffineForms.Multiple"/>.</summary>
    public int RootLanes { get; }

    /// <summary>Loadings of the roots, [rank, RootLanes].</summary>
    public AlignedNumbers RootLoadings { get; }

    /// <summary>Offsets of the roots, [RootLanes]; +∞ behind the last one.</summary>
    public AlignedNumbers RootOffsets { get; }

    /// <summary>The features without a family by block and lane; −1 behind the last one.</summary>
    public int[] BlockHeads { get; }

    /// <summary>Loadings of these features, [blocks, rank, Block].</summary>
    public AlignedNumbers BlockLoadings { get; }

    /// <summary>Offsets of these features, [blocks, Block]; +∞ behind the last one.</summary>
    public AlignedNumbers BlockOffsets { get; }

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
            this.RootOffsets.Span[root] = this.offsets[root];
            for (int k = 0; k < rank; k++)
            {
                this.RootLoadings.Span[(k * this.RootLanes) + root] = this.loadings[(root * rank) + k];
            }
        }
    }

    private void Arrange(int[] heads)
    {
        int rank = this.Options.CorrelationRank;
        for (int i = 0; i < heads.Length; i++)
        {
            (int block, int place) = (i / Block, i % Block);
            int lane = (place % Group * Groups) + (place / Group);
            this.BlockHeads[(block * Block) + lane] = heads[i];
            this.BlockOffsets.Span[(block * Block) + lane] = this.offsets[heads[i]];
            for (int k = 0; k < rank; k++)
            {
                this.BlockLoadings.Span[(((block * rank) + k) * Block) + lane] = this.loadings[(heads[i] * rank) + k];
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
                this.FamilyOffsets[(parent * this.FamilyLanes) + child] = this.offsets[feature];
                for (int k = 0; k < rank; k++)
                {
                    this.FamilyLoadings.Span[(((parent * rank) + k) * this.FamilyLanes) + child] =
                        this.loadings[(feature * rank) + k];
                }
            }
        }
    }
}
