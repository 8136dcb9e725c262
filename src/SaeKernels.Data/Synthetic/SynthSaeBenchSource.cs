using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MathNet.Numerics.Distributions;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>
/// Thousands of features in families, of falling frequency, correlated, and nearly orthogonal: the data of
/// SynthSAEBench, on which architectures are compared with the truth known.
/// </summary>
/// <remarks>
/// <para>A feature fires where a standard normal score passes the threshold of its rate; scores share
/// <see cref="SynthSaeBenchOptions.CorrelationRank"/> hidden variables. Its strength is max(0, N(mean, deviation²)). A
/// child is active only with its parent, times the parent's strength over the parent's mean, and of several active
/// siblings one stays, each equally likely.</para>
/// <para>Exact in distribution, but drawn sparsely: given the hidden variables features are independent, so rare ones
/// are found by thinning a bound over sixteen at a time, and children of silent parents are never drawn.</para>
/// <para>Source: SynthSAEBench, arXiv:2602.14687.</para>
/// </remarks>
public sealed class SynthSaeBenchSource : SyntheticSource
{
    [ThreadStatic]
    private static List<(int Feature, float Value)>? drawn;

    private readonly SynthSaeBenchModel model;

    /// <summary>Describes the source. The first time, its directions are pushed apart, which takes a while.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="options">The sizes.</param>
    /// <exception cref="ArgumentException">A number is outside its range.</exception>
    public SynthSaeBenchSource(ulong seed, SynthSaeBenchOptions options)
        : base(seed, Directions(seed, options))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.model = new SynthSaeBenchModel(seed, options);
        if (options.BiasLength > 0)
        {
            float[] offset = new float[options.DIn];
            RandomSequence random = new(seed, RandomPurpose.SyntheticTruth, options.Features);
            TrueDirections.Unit(ref random, offset);
            this.Offset = Array.ConvertAll(offset, element => (float)(element * options.BiasLength));
        }
    }

    /// <inheritdoc/>
    public override string Generator => "synthsaebench";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, object> Parameters => new Dictionary<string, object>
    {
        ["features"] = this.Options.Features,
        ["dim"] = this.Options.DIn,
        ["roots"] = this.Options.Roots,
        ["children"] = this.Options.Children,
        ["depth"] = this.Options.Depth,
        ["greatest_rate"] = this.Options.GreatestRate,
        ["least_rate"] = this.Options.LeastRate,
        ["correlation_rank"] = this.Options.CorrelationRank,
        ["correlation_scale"] = this.Options.CorrelationScale,
        ["first_mean"] = this.Options.FirstMean,
        ["last_mean"] = this.Options.LastMean,
        ["orthogonalization_steps"] = this.Options.OrthogonalizationSteps,
        ["bias"] = this.Options.BiasLength,
    };

    /// <summary>The sizes.</summary>
    public SynthSaeBenchOptions Options => this.model.Options;

    /// <summary>The probability that each feature's score passes its threshold, [features].</summary>
    public IReadOnlyList<double> ScoreRates => this.model.Rates;

    /// <summary>
    /// The probability that a feature is active where its score passes and its parent, if any, is active and no sibling
    /// takes its place: that its strength is above 0.
    /// </summary>
    /// <param name="feature">The feature.</param>
    public double PositiveRate(int feature) =>
        Normal.CDF(0, 1, (double)this.model.Means[feature] / this.model.Deviations[feature]);

    /// <summary>The mean of a feature's strength, before negative draws become 0 and without its parent's.</summary>
    /// <param name="feature">The feature.</param>
    public double StrengthMean(int feature) => this.model.Means[feature];

    /// <summary>The deviation of the same draws.</summary>
    /// <param name="feature">The feature.</param>
    public double StrengthDeviation(int feature) => this.model.Deviations[feature];

    /// <summary>The correlation of two features' scores.</summary>
    /// <param name="first">A feature.</param>
    /// <param name="second">Another feature.</param>
    public double ScoreCorrelation(int first, int second)
    {
        int rank = this.Options.CorrelationRank;
        double sum = 0;
        for (int k = 0; k < rank; k++)
        {
            sum += this.model.Correlations[(first * rank) + k] * this.model.Correlations[(second * rank) + k];
        }

        return sum;
    }

    /// <summary>The first of a feature's children, which follow each other; −1 for none.</summary>
    /// <param name="feature">The feature.</param>
    public int FirstChildOf(int feature) => this.model.FirstChild[feature];

    /// <inheritdoc/>
    protected override void DrawCode(ref RandomSequence random, long row, SyntheticRow code)
    {
        ArgumentNullException.ThrowIfNull(code);
        List<(int Feature, float Value)> active = drawn ??= [];
        active.Clear();
        Span<float> hidden = stackalloc float[this.Options.CorrelationRank];
        for (int k = 0; k < hidden.Length; k++)
        {
            hidden[k] = (float)random.NextNormal();
        }

        DrawHeads(ref random, hidden, active);
        for (int parent = 0; parent < active.Count; parent++)
        {
            DrawChildren(ref random, hidden, active[parent], active);
        }

        active.Sort(static (left, right) => left.Feature.CompareTo(right.Feature));
        foreach ((int feature, float value) in active)
        {
            code.Add(feature, value);
        }
    }

    private static TrueDirections Directions(ulong seed, SynthSaeBenchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return SpreadDirections.Create(seed, options.Features, options.DIn, options.OrthogonalizationSteps);
    }

    private void DrawHeads(
        ref RandomSequence random, ReadOnlySpan<float> hidden, List<(int Feature, float Value)> active)
    {
        Span<float> z = stackalloc float[SynthSaeBenchModel.Block];
        Span<float> greatest = stackalloc float[SynthSaeBenchModel.Groups];
        double wait = Exponential(ref random);
        for (int first = 0; first < this.model.BlockOffsets.Length; first += SynthSaeBenchModel.Block)
        {
            Scores(first / SynthSaeBenchModel.Block, hidden, z);
            Greatest(z, greatest);
            ReadOnlySpan<int> heads = this.model.BlockHeads.AsSpan(first, SynthSaeBenchModel.Block);
            for (int group = 0; group < greatest.Length; group++)
            {
                int bound = NormalTable.AtLeast(greatest[group]);
                double all = SynthSaeBenchModel.Group * NormalTable.HazardOf(bound);
                wait = wait >= all
                    ? wait - all
                    : DrawGroup(ref random, wait, bound, heads[group..], z[group..], active);
            }
        }
    }

    /// <summary>
    /// Draws the members of one group: candidates come with the bound's probability, and each is kept with its own over
    /// the bound's. Returns what is left of the exponential draw that waits for the next candidate.
    /// </summary>
    private double DrawGroup(
        ref RandomSequence random,
        double wait,
        int bound,
        ReadOnlySpan<int> heads,
        ReadOnlySpan<float> z,
        List<(int Feature, float Value)> active)
    {
        double hazard = NormalTable.HazardOf(bound);
        double probability = NormalTable.ProbabilityOf(bound);
        int next = 0;
        double failures = wait / hazard;
        while (failures < SynthSaeBenchModel.Group - next)
        {
            next += (int)failures;
            int lane = next * SynthSaeBenchModel.Groups;
            if (NormalTable.IsBelow(random.NextDouble() * probability, z[lane]))
            {
                Add(ref random, heads[lane], 1, active);
            }

            next++;
            wait = Exponential(ref random);
            failures = wait / hazard;
        }

        return next < SynthSaeBenchModel.Group ? wait - ((SynthSaeBenchModel.Group - next) * hazard) : wait;
    }

    /// <summary>z of the heads of one block.</summary>
    private void Scores(int block, ReadOnlySpan<float> hidden, Span<float> z)
    {
        int lanes = Vector<float>.Count;
        ref float result = ref MemoryMarshal.GetReference(z);
        ref float offsets = ref this.model.BlockOffsets[block * SynthSaeBenchModel.Block];
        // Without hidden variables there are no loadings; the reference is then not used.
        ref float loadings = ref MemoryMarshal.GetReference(
            this.model.BlockLoadings.AsSpan(block * hidden.Length * SynthSaeBenchModel.Block));
        for (int lane = 0; lane < SynthSaeBenchModel.Block; lane += 8 * lanes)
        {
            // Eight sums at a time hide the latency of a multiply-add.
            ref float from = ref Unsafe.Add(ref offsets, lane);
            Vector<float> z0 = -Vector.LoadUnsafe(ref from);
            Vector<float> z1 = -Vector.LoadUnsafe(ref from, (nuint)lanes);
            Vector<float> z2 = -Vector.LoadUnsafe(ref from, (nuint)(2 * lanes));
            Vector<float> z3 = -Vector.LoadUnsafe(ref from, (nuint)(3 * lanes));
            Vector<float> z4 = -Vector.LoadUnsafe(ref from, (nuint)(4 * lanes));
            Vector<float> z5 = -Vector.LoadUnsafe(ref from, (nuint)(5 * lanes));
            Vector<float> z6 = -Vector.LoadUnsafe(ref from, (nuint)(6 * lanes));
            Vector<float> z7 = -Vector.LoadUnsafe(ref from, (nuint)(7 * lanes));
            for (int k = 0; k < hidden.Length; k++)
            {
                Vector<float> factor = new(hidden[k]);
                ref float row = ref Unsafe.Add(ref loadings, (k * SynthSaeBenchModel.Block) + lane);
                z0 = Vector.FusedMultiplyAdd(factor, Vector.LoadUnsafe(ref row), z0);
                z1 = Vector.FusedMultiplyAdd(factor, Vector.LoadUnsafe(ref row, (nuint)lanes), z1);
                z2 = Vector.FusedMultiplyAdd(factor, Vector.LoadUnsafe(ref row, (nuint)(2 * lanes)), z2);
                z3 = Vector.FusedMultiplyAdd(factor, Vector.LoadUnsafe(ref row, (nuint)(3 * lanes)), z3);
                z4 = Vector.FusedMultiplyAdd(factor, Vector.LoadUnsafe(ref row, (nuint)(4 * lanes)), z4);
                z5 = Vector.FusedMultiplyAdd(factor, Vector.LoadUnsafe(ref row, (nuint)(5 * lanes)), z5);
                z6 = Vector.FusedMultiplyAdd(factor, Vector.LoadUnsafe(ref row, (nuint)(6 * lanes)), z6);
                z7 = Vector.FusedMultiplyAdd(factor, Vector.LoadUnsafe(ref row, (nuint)(7 * lanes)), z7);
            }

            ref float to = ref Unsafe.Add(ref result, lane);
            z0.StoreUnsafe(ref to);
            z1.StoreUnsafe(ref to, (nuint)lanes);
            z2.StoreUnsafe(ref to, (nuint)(2 * lanes));
            z3.StoreUnsafe(ref to, (nuint)(3 * lanes));
            z4.StoreUnsafe(ref to, (nuint)(4 * lanes));
            z5.StoreUnsafe(ref to, (nuint)(5 * lanes));
            z6.StoreUnsafe(ref to, (nuint)(6 * lanes));
            z7.StoreUnsafe(ref to, (nuint)(7 * lanes));
        }
    }

    private void DrawChildren(
        ref RandomSequence random,
        ReadOnlySpan<float> hidden,
        (int Feature, float Value) parent,
        List<(int Feature, float Value)> active)
    {
        int first = this.model.FirstChild[parent.Feature];
        if (first < 0)
        {
            return;
        }

        int before = active.Count;
        float strength = parent.Value / this.model.Means[parent.Feature];
        Span<float> z = stackalloc float[this.Options.Children];
        for (int child = 0; child < z.Length; child++)
        {
            z[child] = -this.model.Offsets[first + child];
        }

        for (int k = 0; k < hidden.Length; k++)
        {
            for (int child = 0; child < z.Length; child++)
            {
                float loading = this.model.Loadings[((first + child) * hidden.Length) + k];
                z[child] = MathF.FusedMultiplyAdd(hidden[k], loading, z[child]);
            }
        }

        for (int child = 0; child < z.Length; child++)
        {
            if (NormalTable.IsBelow(random.NextDouble(), z[child]))
            {
                Add(ref random, first + child, strength, active);
            }
        }

        int siblings = active.Count - before;
        if (siblings > 1)
        {
            active[before] = active[before + (int)random.NextInt64(siblings)];
            active.RemoveRange(before + 1, siblings - 1);
        }
    }

    private void Add(
        ref RandomSequence random, int feature, float factor, List<(int Feature, float Value)> active)
    {
        double value = this.model.Means[feature] + (this.model.Deviations[feature] * random.NextNormal());
        if (value > 0)
        {
            active.Add((feature, (float)value * factor));
        }
    }

    /// <summary>The largest z of each group.</summary>
    private static void Greatest(ReadOnlySpan<float> z, Span<float> greatest)
    {
        for (int lane = 0; lane < greatest.Length; lane += Vector<float>.Count)
        {
            Vector<float> best = new(z[lane..]);
            for (int member = 1; member < SynthSaeBenchModel.Group; member++)
            {
                best = Vector.Max(best, new Vector<float>(z[(lane + (member * SynthSaeBenchModel.Groups))..]));
            }

            best.CopyTo(greatest[lane..]);
        }
    }

    private static double Exponential(ref RandomSequence random) => -Math.Log(1 - random.NextDouble());
}
