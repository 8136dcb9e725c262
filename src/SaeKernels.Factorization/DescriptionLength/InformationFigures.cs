using System.Text.Json.Serialization;
using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>
/// How simple a model's description of vectors is; the JSON names are those of <c>docs/metrics.md</c>. All are bits.
/// </summary>
public sealed record InformationFigures
{
    /// <summary>How often it goes over data, what <see cref="SaeCodes.Measure"/> does included.</summary>
    public const int Passes = SaeCodes.MeasuringPasses + 1;

    private const int BitsPerWeight = 32;

    /// <summary>
    /// Reads the figures off what was measured, at the cheapest precision that is allowed, and goes once more over the
    /// vectors for what they take themselves.
    /// </summary>
    /// <param name="codes">What was measured.</param>
    /// <param name="sae">The model.</param>
    /// <param name="tolerance">The most that rounding may add to the error, as a share of it; default 0.05.</param>
    /// <param name="progress">Told of the pass over the vectors how many are done; null for nobody.</param>
    /// <returns>The figures; those of description length are NaN where no precision is allowed.</returns>
    public static InformationFigures Of(
        SaeCodes codes,
        Sae sae,
        double tolerance = PrecisionSearch.StandardTolerance,
        IProgress<long>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(sae);
        CodePrecision? precision = PrecisionSearch.Cheapest(codes.Precisions, tolerance * codes.Mse);
        DenseLength? dense = precision is null
            ? null
            : DenseLength.Measure(codes.Targets, codes.Mse + precision.MseIncrease, progress: progress);
        return Of(codes.Counted, precision, dense, sae.Config);
    }

    /// <summary>Reads the figures off what was measured in parts and merged.</summary>
    /// <param name="counted">The counts of all parts.</param>
    /// <param name="precision">The precision that was chosen of them; null where none is allowed.</param>
    /// <param name="dense">
    /// What the vectors take themselves with the error of that precision, all parts merged; null where it is not known.
    /// </param>
    /// <param name="config">The model.</param>
    /// <returns>The figures; those that need what is null are NaN.</returns>
    /// <exception cref="ArgumentException">There is no vector.</exception>
    public static InformationFigures Of(
        CodeSecondPass counted, CodePrecision? precision, DenseLength? dense, SaeConfig config)
    {
        ArgumentNullException.ThrowIfNull(counted);
        ArgumentNullException.ThrowIfNull(config);
        CodeLength? length = precision?.Length;
        CodeLength any = length ?? new CodeLength(counted.ReadTables()[0]);
        TotalInformation information = counted.Information;
        (int dSae, int dOut) = (config.DSae, config.DOut);
        double valueBits = length?.BitsPerValue ?? double.NaN;
        double dictionary = any.DictionaryBitsPerVector(dSae, dOut);
        return new InformationFigures
        {
            DescriptionLength = length?.BitsPerVector ?? double.NaN,
            ActivityBits = length?.ActivityBits ?? double.NaN,
            ValueBits = length?.ValueBits ?? double.NaN,
            ValueBins = precision?.Bins ?? double.NaN,
            MseIncrease = precision?.MseIncrease ?? double.NaN,
            DictionaryBits = dictionary,
            WithDictionary = (length?.BitsPerVector ?? double.NaN) + dictionary,
            Bound = CodeLength.Bound(any.L0, valueBits, dSae),
            Dense = CodeLength.Dense(dOut, valueBits),
            DenseAtEqualError = dense?.BitsPerVector ?? double.NaN,
            OneHot = CodeLength.OneHotByBound(1, valueBits, any.Vectors),
            OneHotWithDictionary = CodeLength.OneHotByBound(1, valueBits, any.Vectors) + (BitsPerWeight * dOut),
            TotalInformation = information.TotalBits,
            TotalInformationPerVector = information.BitsPerVector,
            TotalCodeBits = information.CodeBits,
            TotalDictionaryBits = information.DictionaryBits,
            CodeLowerEdge = information.Codes.Low,
            CodeEdge = information.Codes.High,
            DictionaryLowerEdge = information.Dictionary.Low,
            DictionaryEdge = information.Dictionary.High,
            InformationBins = information.Codes.Counts.Count,
            InformationBase = HistogramEntropy.Base,
        };
    }

    /// <summary>Bits a vector of the codes.</summary>
    [JsonPropertyName("description_length_bits_per_token")]
    public required double DescriptionLength { get; init; }

    /// <summary>Of these, bits that say which latents are active.</summary>
    [JsonPropertyName("description_length_activity_bits_per_token")]
    public required double ActivityBits { get; init; }

    /// <summary>Of these, bits that say how strongly.</summary>
    [JsonPropertyName("description_length_value_bits_per_token")]
    public required double ValueBits { get; init; }

    /// <summary>The bins of each latent at the precision that was chosen.</summary>
    [JsonPropertyName("description_length_bins")]
    public required double ValueBins { get; init; }

    /// <summary>What rounding to these bins adds to <c>mse</c>.</summary>
    [JsonPropertyName("description_length_mse_increase")]
    public required double MseIncrease { get; init; }

    /// <summary>The dictionary in 32 bits a weight, spread over the vectors that are evaluated.</summary>
    [JsonPropertyName("dictionary_bits_per_token")]
    public required double DictionaryBits { get; init; }

    /// <summary>The codes and the dictionary's share.</summary>
    [JsonPropertyName("description_length_with_dictionary_bits_per_token")]
    public required double WithDictionary { get; init; }

    /// <summary>The upper bound of the codes; see <see cref="CodeLength.Bound"/>.</summary>
    [JsonPropertyName("description_length_bound_bits_per_token")]
    public required double Bound { get; init; }

    /// <summary>What the vectors take themselves at the same error; see <see cref="DenseLength"/>.</summary>
    [JsonPropertyName("dense_equal_error_bits_per_token")]
    public required double DenseAtEqualError { get; init; }

    /// <summary>What they take in as many bits an element as a value of the codes; see <see cref="CodeLength.Dense"/>.
    /// </summary>
    [JsonPropertyName("dense_bits_per_token")]
    public required double Dense { get; init; }

    /// <summary>What they take where each has a direction of its own; see <see cref="CodeLength.OneHotByBound"/>.
    /// </summary>
    [JsonPropertyName("one_hot_bits_per_token")]
    public required double OneHot { get; init; }

    /// <summary>That, and the direction of the vector in 32 bits a weight.</summary>
    [JsonPropertyName("one_hot_with_dictionary_bits_per_token")]
    public required double OneHotWithDictionary { get; init; }

    /// <summary>Total information of all codes and the dictionary.</summary>
    [JsonPropertyName("total_information_bits")]
    public required double TotalInformation { get; init; }

    /// <summary>That for each vector.</summary>
    [JsonPropertyName("total_information_bits_per_token")]
    public required double TotalInformationPerVector { get; init; }

    /// <summary>Of the total, the codes.</summary>
    [JsonPropertyName("code_bits")]
    public required double TotalCodeBits { get; init; }

    /// <summary>Of the total, the dictionary.</summary>
    [JsonPropertyName("dictionary_bits")]
    public required double TotalDictionaryBits { get; init; }

    /// <summary>The lower edge of the histogram of codes.</summary>
    [JsonPropertyName("code_lower_edge")]
    public required double CodeLowerEdge { get; init; }

    /// <summary>The upper edge of the histogram of codes: their largest.</summary>
    [JsonPropertyName("code_edge")]
    public required double CodeEdge { get; init; }

    /// <summary>The lower edge of the histogram of the dictionary: minus the upper one.</summary>
    [JsonPropertyName("dictionary_lower_edge")]
    public required double DictionaryLowerEdge { get; init; }

    /// <summary>The upper edge of the histogram of the dictionary: the largest |element|.</summary>
    [JsonPropertyName("dictionary_edge")]
    public required double DictionaryEdge { get; init; }

    /// <summary>The bins of each of these histograms.</summary>
    [JsonPropertyName("information_bins")]
    public required int InformationBins { get; init; }

    /// <summary>The base of the logarithm of these figures: 2, for bits.</summary>
    [JsonPropertyName("information_base")]
    public required int InformationBase { get; init; }
}
