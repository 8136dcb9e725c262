namespace SaeKernels.Training;

/// <summary>The folder of a training run and the names of what is in it.</summary>
/// <remarks>A folder holds a run when it has a <c>run.json</c> or a checkpoint.</remarks>
public sealed class RunFolder
{
    /// <summary>Names a folder, which need not exist.</summary>
    /// <param name="path">The folder.</param>
    public RunFolder(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new ArgumentException(
                "RunFolder: a folder must be named, but the name is empty. Name one such as runs/first.");
        }

        this.Path = System.IO.Path.TrimEndingDirectorySeparator(path);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The whole resolved configuration, versions, device and data of the run.</summary>
    public string RunFile => In("run.json");

    /// <summary>The figures of training, a row a logging step.</summary>
    public string MetricsFile => In("metrics.csv");

    /// <summary>The figures on held-out data.</summary>
    public string EvaluationFile => In("eval.json");

    /// <summary>How much of each latent of a crosscoder lies in each site.</summary>
    public string SiteSharesFile => In("site_shares.csv");

    /// <summary>The model's configuration in SAELens' layout.</summary>
    public string ModelConfigFile => In("cfg.json");

    /// <summary>The model's weights in SAELens' layout.</summary>
    public string ModelWeightsFile => In("sae_weights.safetensors");

    /// <summary>Where checkpoints lie.</summary>
    public string CheckpointFolder => In("checkpoints");

    /// <summary>Whether the folder holds a run.</summary>
    public bool HoldsRun => File.Exists(this.RunFile) || CheckpointFiles.Newest(this.CheckpointFolder) is not null;

    /// <summary>Makes the folder ready for a new run.</summary>
    /// <param name="replace">Whether a run that is there is removed; files that are not a run's stay.</param>
    /// <exception cref="ArgumentException">A run is there and may not be replaced.</exception>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public void Prepare(bool replace)
    {
        RequireFree(replace);
        try
        {
            if (this.HoldsRun)
            {
                Clear();
            }

            Directory.CreateDirectory(this.CheckpointFolder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"{this.Path}: must be a folder that can be written, but cannot be: {exception.Message} "
                + "Choose another folder, or change its permissions.",
                exception);
        }
    }

    /// <summary>Throws where a run is there and may not be replaced.</summary>
    /// <exception cref="ArgumentException">A run is there.</exception>
    internal void RequireFree(bool replace)
    {
        if (this.HoldsRun && !replace)
        {
            throw new ArgumentException(
                $"{this.Path}: must not hold a run yet, but does. "
                + "Resume that run, replace it, or choose another folder.");
        }
    }

    /// <summary>Removes the checkpoints of a run that could not be begun.</summary>
    internal void RemoveCheckpoints()
    {
        if (Directory.Exists(this.CheckpointFolder))
        {
            Directory.Delete(this.CheckpointFolder, recursive: true);
        }
    }

    /// <summary>Removes the saved model and its figures; checkpoints stay.</summary>
    internal void RemoveModel()
    {
        File.Delete(this.ModelConfigFile);
        File.Delete(this.ModelWeightsFile);
        File.Delete(this.EvaluationFile);
        File.Delete(this.SiteSharesFile);
    }

    private void Clear()
    {
        // run.json goes last: an interrupted removal still counts as a run.
        RemoveModel();
        File.Delete(this.MetricsFile);
        RemoveCheckpoints();
        File.Delete(this.RunFile);
    }

    private string In(string name) => System.IO.Path.Combine(this.Path, name);
}
