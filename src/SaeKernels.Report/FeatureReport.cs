using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>The feature browser of a model on data: what its panels show, ready to be written.</summary>
public sealed class FeatureReport
{
    internal FeatureReport(ReportIndex index, IReadOnlyList<ReportPart> parts)
    {
        this.Index = index;
        this.Parts = parts;
    }

    /// <summary>The features of the model.</summary>
    public int Features => this.Index.Features;

    /// <summary>The features that have panels.</summary>
    public int DetailedFeatures => this.Index.Detailed.Count;

    internal ReportIndex Index { get; }

    internal IReadOnlyList<ReportPart> Parts { get; }

    /// <summary>Goes over the data twice and computes everything that the page shows.</summary>
    /// <param name="input">What the report is about.</param>
    /// <param name="options">How much it holds; null for the defaults.</param>
    /// <param name="progress">Told after each batch of either pass how many vectors are done; null for nobody.</param>
    /// <param name="cancellation">Ends a pass between two batches.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of its range, there are too many activations, or labels for another number of features.
    /// </exception>
    /// <exception cref="InvalidDataException">The data has another width than the model, or a fault.</exception>
    public static FeatureReport Build(
        ReportInput input,
        ReportOptions? options = null,
        IProgress<long>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        options ??= new ReportOptions();
        options.Validate();
        RequireLabels(input);
        int latents = input.Sae.Config.DSae;
        LatentEntries entries = new(latents);
        InputCorrelations? inputs =
            InputCorrelations.Fits(latents, input.Data.DIn) ? new(latents, input.Data.DIn) : null;
        LatentPass along = new()
        {
            Collectors = inputs is null ? [entries] : [entries, inputs],
            Progress = progress,
        };
        FeatureFirstPass first =
            FeatureFirstPass.Run(input.Sae, input.Data, pass: along, cancellation: cancellation);
        FeatureSecondPass second = FeatureSecondPass.Run(
            input.Sae, input.Data, first, pass: new LatentPass { Progress = progress }, cancellation: cancellation);
        entries.Complete();
        IReadOnlyList<FeatureRow> rows = FeatureTable.Of(input.Sae, first, second);
        return new ReportBuilder(input, options, entries, inputs, rows).Build();
    }

    /// <summary>Writes one page that holds everything and needs nothing else.</summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void WritePage(string path) => ReportWriter.WritePage(this, path);

    /// <summary>Writes the same numbers as JSON: <c>index</c>, <c>features</c> and <c>documents</c>.</summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void WriteJson(string path) => ReportWriter.WriteJson(this, path);

    /// <summary>Writes a small page and parts beside it, which a server hands out as they are asked for.</summary>
    /// <param name="folder">The folder; made where it does not exist.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void WriteFolder(string folder) => ReportWriter.WriteFolder(this, folder);

    /// <summary>Writes pictures of the run view and of some features, with the same numbers.</summary>
    /// <param name="prefix">
    /// What the names begin with, a folder included: <c>run.svg</c>, <c>feature-3.svg</c>, … follow it.
    /// </param>
    /// <param name="format">Vectors or pixels.</param>
    /// <param name="features">The features, each with panels; null for the run view alone.</param>
    /// <returns>The files.</returns>
    /// <exception cref="ArgumentException">A feature has no panels.</exception>
    /// <exception cref="FileNotFoundException">The platform lacks the native library that draws text.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public IReadOnlyList<string> WritePictures(string prefix, PictureFormat format, FeatureSelection? features)
    {
        IReadOnlyList<double> sums = this.Index.Columns.First(column => column.Name == "expected_value").Values;
        int[] chosen = features?.Choose(sums) ?? [];
        return PictureWriter.Write(this, prefix, format == PictureFormat.Svg ? ".svg" : ".png", chosen);
    }

    private static void RequireLabels(ReportInput input)
    {
        if (input.RowLabels is { } rows && rows.Count != input.Data.Count)
        {
            throw new ArgumentException(
                $"RowLabels: there must be one for each of {input.Data.Count} vectors, but there are {rows.Count}. "
                + "Pass null for a vector without one.");
        }

        if (input.Labels is { } labels && labels.Count != input.Sae.Config.DSae)
        {
            throw new ArgumentException(
                $"Labels: there must be one for each of DSae = {input.Sae.Config.DSae} features, but there are "
                + $"{labels.Count}. Pass null for a feature without one.");
        }
    }
}
