using System.Text.Json;
using System.Text.Json.Nodes;
using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Factorization;

/// <summary>The folder of a sweep and the names of what is in it.</summary>
public sealed class SweepFolder
{
    private const string NullFile = "null.safetensors";

    // Cells of another version were found in another way: they are not mixed.
    private const int Version = 3;

    /// <summary>Names a folder, which need not exist.</summary>
    /// <param name="path">The folder.</param>
    public SweepFolder(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        this.Path = System.IO.Path.TrimEndingDirectorySeparator(path);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The options and the hash of the data.</summary>
    public string OptionsFile => In("sweep.json");

    /// <summary>The verdict and the figures of all cells.</summary>
    public string ResultFile => In("result.json");

    /// <summary>The plane of error against information.</summary>
    public string FigureFile => In("plane.svg");

    /// <summary>Figures by size and sparsity as maps.</summary>
    public string MapsFile => In("maps.svg");

    /// <summary>Returns the file of a finished cell.</summary>
    /// <param name="key">The cell.</param>
    public string CellOf(SweepCellKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return In(System.IO.Path.Combine("cells", key.Name + ".safetensors"));
    }

    /// <summary>Returns the folder of the autoencoder of a finished cell, a training run.</summary>
    /// <param name="key">The cell.</param>
    public string RunOf(SweepCellKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return In(System.IO.Path.Combine("runs", key.Name));
    }

    /// <summary>Returns the folder in which an autoencoder is trained from one start of a cell.</summary>
    internal string RunOf(SweepCellKey key, SweepStart start) =>
        System.IO.Path.Combine(StartsOf(key), start.Name);

    /// <summary>Makes the run of the best start that of the cell, for a cell that is about to be kept.</summary>
    internal void Promote(SweepCellKey key, SweepStart winner)
    {
        string run = RunOf(key);
        if (Directory.Exists(run))
        {
            // An interruption came between this and the cell's file.
            Directory.Delete(run, recursive: true);
        }

        Directory.Move(RunOf(key, winner), run);
    }

    /// <summary>Removes the runs of a cell's other starts.</summary>
    internal void RemoveStarts(SweepCellKey key) => Directory.Delete(StartsOf(key), recursive: true);

    /// <summary>Writes the options, or finds that the folder has the same.</summary>
    /// <exception cref="ArgumentException">The folder holds another sweep.</exception>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    internal void Claim(SweepOptions options, ActivationStore store)
    {
        string text = Describe(options, store);
        if (File.Exists(this.OptionsFile))
        {
            if (File.ReadAllText(this.OptionsFile) != text)
            {
                throw new ArgumentException(
                    $"{this.Path}: must hold no sweep, or the same one, but holds one with other options, other data "
                    + "or of another version. Repeat its options, or choose another folder.");
            }

            return;
        }

        try
        {
            Directory.CreateDirectory(In("cells"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"{this.Path}: must be a folder that can be written, but cannot be: {exception.Message} Choose another "
                + "folder, or change its permissions.",
                exception);
        }

        AtomicFile.WriteText(this.OptionsFile, text);
    }

    /// <summary>Opens the normal vectors of the same mean and covariance, which are drawn at the first time.</summary>
    internal ActivationStore OpenNull(ActivationStore store, SweepOptions options)
    {
        string path = In(NullFile);
        if (!File.Exists(path))
        {
            long rows = options.Solver == SweepSolver.Mod
                ? Math.Min(store.Count, (long)options.Seeds * options.Samples)
                : store.Count;
            SyntheticFile.Write(path, GaussianSource.Like(options.Seed, store, RowSet.All(store)), rows);
        }

        return ActivationStore.Open([path]);
    }

    private static string Describe(SweepOptions options, ActivationStore store)
    {
        // Threads change no number.
        JsonNode node = JsonSerializer.SerializeToNode(options with { Threads = 0 }, SweepJson.Options)!;
        node["data_hash"] = store.ComputeHash(HashMode.Sampled);
        node["vectors"] = store.Count;
        node["version"] = Version;
        return node.ToJsonString(SweepJson.Options) + "\n";
    }

    private string StartsOf(SweepCellKey key) => In(System.IO.Path.Combine("runs", key.Name + ".starts"));

    private string In(string name) => System.IO.Path.Combine(this.Path, name);
}
