using System.Globalization;

namespace SaeKernels.Training;

/// <summary>The checkpoint files of a run: their names, the newest, and which are kept.</summary>
public static class CheckpointFiles
{
    private const string Prefix = "step-";
    private const string Extension = ".safetensors";
    private const int StepDigits = 12;
    private const int Kept = 2;

    /// <summary>Returns the file name of a step's checkpoint.</summary>
    /// <param name="folder">The folder of the checkpoints.</param>
    /// <param name="step">The step; at least 0.</param>
    public static string PathOf(string folder, long step) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D12}{Extension}"));

    /// <summary>Returns the newest checkpoint, or null where there is none.</summary>
    /// <param name="folder">The folder of the checkpoints; need not exist.</param>
    public static string? Newest(string folder) => List(folder).LastOrDefault();

    /// <summary>Removes all but the newest two checkpoints.</summary>
    /// <param name="folder">The folder of the checkpoints.</param>
    public static void Prune(string folder)
    {
        foreach (string file in List(folder).SkipLast(Kept))
        {
            File.Delete(file);
        }
    }

    /// <summary>Removes what a process that was killed while writing has left under temporary names.</summary>
    /// <param name="folder">The folder of the checkpoints.</param>
    public static void RemoveUnfinished(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, $".{Prefix}*.tmp"))
        {
            File.Delete(file);
        }
    }

    private static List<string> List(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        // Exactly the names that PathOf gives: a copy under another name is the user's own.
        string pattern = $"{Prefix}{new string('?', StepDigits)}{Extension}";
        List<string> files = [.. Directory.EnumerateFiles(folder, pattern).Where(IsNumbered)];
        files.Sort(StringComparer.Ordinal);
        return files;
    }

    private static bool IsNumbered(string path)
    {
        ReadOnlySpan<char> name = Path.GetFileNameWithoutExtension(path.AsSpan());
        return name.Length == Prefix.Length + StepDigits && !name[Prefix.Length..].ContainsAnyExceptInRange('0', '9');
    }
}
