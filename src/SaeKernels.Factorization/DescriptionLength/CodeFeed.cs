namespace SaeKernels.Factorization;

/// <summary>The codes of a file as the receiver gets them: one vector at a time, every value the middle of its bin.
/// </summary>
internal sealed class CodeFeed(CodeFileReader reader)
{
    private readonly List<int> latents = [];
    private readonly List<int> places = [];
    private readonly List<float> values = [];

    /// <summary>The active latents of the vector, ascending.</summary>
    public IReadOnlyList<int> Latents => this.latents;

    /// <summary>How strongly each is active.</summary>
    public IReadOnlyList<float> Values => this.values;

    /// <summary>Goes to the next vector; returns whether there is one.</summary>
    /// <exception cref="InvalidDataException">The codes are not those that the tables count.</exception>
    public bool Next()
    {
        this.latents.Clear();
        this.places.Clear();
        this.values.Clear();
        bool isThere = reader.Read(this.latents, this.places);
        for (int entry = 0; entry < this.latents.Count; entry++)
        {
            this.values.Add(reader.Table.Bins.MiddleOf(this.latents[entry], this.places[entry]));
        }

        return isThere;
    }

    /// <summary>Goes to a vector that the tables promise.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public void RequireNext()
    {
        if (!Next())
        {
            throw new InvalidDataException(
                "CodeFile: codes must have the entries that the tables count, but have fewer. Write the file again.");
        }
    }

    /// <summary>Goes through all that is left, which checks it.</summary>
    /// <exception cref="InvalidDataException">The codes are not those that the tables count.</exception>
    public void ReadToEnd()
    {
        bool isThere = true;
        while (isThere)
        {
            isThere = Next();
        }
    }
}
