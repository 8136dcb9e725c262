namespace SaeKernels.Cli;

/// <summary>The word vectors that come with the repository.</summary>
/// <param name="Folder">The folder with the vectors and <c>words.txt</c>.</param>
/// <param name="Words">The word of each vector.</param>
internal sealed record DemoSample(string Folder, IReadOnlyList<string> Words)
{
    private const string WordsFile = "words.txt";
    private static readonly string Place = Path.Combine("samples", "glove");

    /// <summary>Finds the sample above the current directory, or else above the executable.</summary>
    /// <exception cref="DirectoryNotFoundException">It is in neither place.</exception>
    public static DemoSample Find()
    {
        foreach (string start in (ReadOnlySpan<string>)[Environment.CurrentDirectory, AppContext.BaseDirectory])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string found = Path.Combine(folder.FullName, Place);
                if (File.Exists(Path.Combine(found, WordsFile)))
                {
                    return new DemoSample(Shorten(found), File.ReadAllLines(Path.Combine(found, WordsFile)));
                }
            }
        }

        throw new DirectoryNotFoundException(
            $"{Place}: must be above the current directory or the executable, but is above neither "
            + $"{Environment.CurrentDirectory} nor "
            + $"{AppContext.BaseDirectory}. Run the demo inside a clone of the repository.");
    }

    /// <summary>Throws unless there is a word for each vector.</summary>
    /// <exception cref="InvalidDataException">There are more or fewer.</exception>
    public void RequireWords(long vectors)
    {
        if (this.Words.Count != vectors)
        {
            throw new InvalidDataException(
                $"{Path.Combine(this.Folder, WordsFile)}: must hold one word for each of {vectors} vectors, but holds "
                + $"{this.Words.Count}. "
                + "Restore the file from the repository.");
        }
    }

    private static string Shorten(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
