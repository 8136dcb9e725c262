using MathNet.Numerics.Distributions;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>
/// Features that are more or less frequent and fire together: probabilities fall with the feature's number and follow
/// a correlated normal vector; strengths are U(0, 1).
/// </summary>
/// <remarks>
/// p_g = decay(Φ(z_g), g), scaled to the wanted mean; feature g is active where a U(0, 1) draw is at most p_g.
/// Source: Sharkey et al. 2022, "Taking features out of superposition with sparse autoencoders", and its replications.
/// </remarks>
public sealed class SharkeySource : SyntheticSource
{
    private readonly SharkeyOptions options;
    private readonly CorrelatedNormal? normal;

    /// <summary>Describes the source.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="options">The parameters.</param>
    /// <exception cref="ArgumentException">A parameter is outside its range.</exception>
    public SharkeySource(ulong seed, SharkeyOptions options)
        : base(seed, TrueDirections.Sphere(seed, Checked(options).Features, options.DIn))
    {
        this.options = options;
        this.NoiseScale = options.Noise;
        this.normal = !options.Correlated ? null
            : options.GramCovariance ? CorrelatedNormal.Gram(seed, options.Features)
            : CorrelatedNormal.SymmetricUniform(seed, options.Features);
    }

    /// <inheritdoc/>
    public override string Generator => "sharkey";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, object> Parameters => new Dictionary<string, object>
    {
        ["features"] = this.options.Features,
        ["dim"] = this.options.DIn,
        ["active"] = this.options.Active,
        ["decay"] = this.options.Decay,
        ["decay_mode"] = this.options.DecayMode.ToString(),
        ["correlated"] = this.options.Correlated,
        ["gram_covariance"] = this.options.GramCovariance,
        ["rescale"] = this.options.Rescale,
        ["rows_per_latent"] = this.options.RowsPerLatent,
        ["fill_empty_rows"] = this.options.FillEmptyRows,
        ["product_values"] = this.options.ProductValues,
        ["noise"] = this.options.Noise,
    };

    /// <summary>Returns the probability of every feature in a row, [features]; above 1 means always.</summary>
    /// <param name="row">The number of the row.</param>
    public double[] Probabilities(long row)
    {
        double[] probabilities = new double[this.options.Features];
        if (this.normal is null)
        {
            Array.Fill(probabilities, 1);
        }
        else
        {
            RandomSequence random =
                new(this.Seed, RandomPurpose.SyntheticLatents, row / this.options.RowsPerLatent);
            this.normal.Draw(ref random, probabilities);
            for (int feature = 0; feature < probabilities.Length; feature++)
            {
                probabilities[feature] = Normal.CDF(0, 1, probabilities[feature]);
            }
        }

        double sum = 0;
        for (int feature = 0; feature < probabilities.Length; feature++)
        {
            probabilities[feature] = Decay(probabilities[feature], feature);
            sum += probabilities[feature];
        }

        double scale = this.options.Active / (this.options.Rescale ? sum : this.options.Features);
        return Array.ConvertAll(probabilities, probability => probability * scale);
    }

    /// <inheritdoc/>
    protected override void DrawCode(ref RandomSequence random, long row, SyntheticRow code)
    {
        ArgumentNullException.ThrowIfNull(code);
        double[] probabilities = Probabilities(row);
        for (int feature = 0; feature < probabilities.Length; feature++)
        {
            if (random.NextDouble() < probabilities[feature])
            {
                float value = random.NextSingle();
                code.Add(feature, this.options.ProductValues ? value * random.NextSingle() : value);
            }
        }

        if (code.Count == 0 && this.options.FillEmptyRows)
        {
            code.Add((int)random.NextInt64(this.options.Features), 1);
        }
    }

    private static SharkeyOptions Checked(SharkeyOptions options)
    {
        const int MostFeatures = 1 << 14;
        ArgumentNullException.ThrowIfNull(options);
        Require(nameof(options.Features), options.Features, 1, MostFeatures);
        Require(nameof(options.Active), options.Active, double.Epsilon, options.Features);
        Require(nameof(options.Decay), options.Decay, double.Epsilon, 1);
        Require(nameof(options.RowsPerLatent), options.RowsPerLatent, 1, int.MaxValue);
        Require(nameof(options.Noise), options.Noise, 0, 1e6);
        return options;
    }

    private static void Require(string parameter, double found, double least, double most) =>
        SourceCheck.Between(nameof(SharkeySource), parameter, found, least, most);

    private double Decay(double uniform, int feature) => this.options.DecayMode switch
    {
        SharkeyDecay.Multiply => uniform * Math.Pow(this.options.Decay, feature),
        SharkeyDecay.ExponentLambdaG => Math.Pow(uniform, this.options.Decay * feature),
        _ => Math.Pow(uniform, Math.Pow(this.options.Decay, feature)),
    };
}
